"""Values as text for people, as util.inspect and the console of Node.js show them."""
