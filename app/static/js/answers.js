// Answers that the server has not acknowledged yet, kept on this device. Where the browser keeps nothing
// (private windows, a full disk) they are in memory, and a lost connection is still survived.

// The newest unsent answer of each question: in memory, and in IndexedDB where the browser keeps anything.
export function openQueue(attempt) {
  const memory = new Map();
  const opened = new Promise((resolve) => {
    try {
      const request = indexedDB.open("zuoxi-exam", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("answers", { keyPath: ["attempt", "item"] });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });

  // Look at what is kept for the record's question, and change it, in one transaction: other tabs write too.
  async function settle(record, decide) {
    const database = await opened;
    if (!database) return;
    await new Promise((resolve) => {
      // Strict: what is kept has reached the disk, so a power cut takes no more than a crash does.
      const transaction = database.transaction("answers", "readwrite", { durability: "strict" });
      const store = transaction.objectStore("answers");
      const found = store.get([record.attempt, record.item]);
      found.onsuccess = () => decide(store, found.result);
      transaction.oncomplete = resolve;
      transaction.onabort = resolve;
    });
  }

  return {
    async put(record) {
      memory.set(record.item, record);
      await settle(record, (store, kept) => {
        if (!kept || kept.sequence < record.sequence) store.put(record);
      });
    },
    async all() {
      const database = await opened;
      const kept = database === null ? [] : await new Promise((resolve) => {
        const request = database.transaction("answers").objectStore("answers").getAll();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve([]);
      });
      const newest = new Map();
      for (const record of [...kept.filter((entry) => entry.attempt === attempt), ...memory.values()]) {
        if (!(newest.get(record.item)?.sequence > record.sequence)) newest.set(record.item, record);
      }
      return [...newest.values()].sort((one, other) => one.sequence - other.sequence);
    },
    // Only what was sent goes: an answer changed in the meantime stays for the next round.
    async drop(record) {
      if (memory.get(record.item)?.sequence <= record.sequence) memory.delete(record.item);
      await settle(record, (store, kept) => {
        if (kept && kept.sequence <= record.sequence) store.delete([record.attempt, record.item]);
      });
    },
  };
}
