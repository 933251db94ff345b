"""Certificates as Open Badges 3.0: what one says, how it is signed, withdrawn, baked and checked.

An Open Badge 3.0 is a Verifiable Credential (W3C data model 2.0). Both of its proof formats are made with one
Ed25519 key: a VC-JWT (`tokens`) and a Data Integrity proof, `eddsa-rdfc-2022` (`integrity`). A Bitstring
Status List (`status`) says which are withdrawn. Nothing here knows the site: documents in, documents out.
"""
