"""The ledger's file: made whole or not at all, and looked at before it is believed."""
