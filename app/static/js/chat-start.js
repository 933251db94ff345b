// A page with a script sees messages as they come, so its first response can be timed.
document.getElementById("script").value = "1";
