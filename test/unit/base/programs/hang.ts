import { writeFileSync } from 'node:fs'

// An engine that starts, leaves its pid in its home, and never says a word.
writeFileSync('pid', String(process.pid))
setInterval(() => undefined, 1000)
