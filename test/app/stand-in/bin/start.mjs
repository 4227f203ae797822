// What was once stripped of its types and compiled is kept: 140 ms of each start (2026-11), which Electron's own parts, being compiled in, do not have.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

enableCompileCache(join(import.meta.dirname, '..', '..', '..', '..', 'dist', 'compile-cache'))
await import('../launch.ts')
