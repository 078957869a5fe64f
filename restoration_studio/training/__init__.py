"""How shipped networks are made. No part that restores imports this."""
