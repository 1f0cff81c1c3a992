"""What every training shares: device, number format, seeds, early stopping, checkpoints."""
