// An engine that tells why it cannot start, and ends at once.
process.send?.({ type: 'failed', code: 'disk.no-space', message: 'no room "x"', hint: 'make some' }, () => process.exit(1))
