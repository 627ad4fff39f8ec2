"""Push beside Web Push: how devices are written, who we are to their services, the way there."""
