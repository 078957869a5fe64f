"""How claims are measured: metrics, studies. No part that restores imports this."""
