"""Runs JavaScript: realms, scripts, values between Python and JavaScript, stack traces, the console."""
