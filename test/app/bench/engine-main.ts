import { connect } from 'node:net'
import { Duplex } from 'node:stream'
import { covePaths } from '#base/paths.ts'
import { startTestEngine } from '../../unit/engine/test-engine.ts'

/**
 * An engine process as `ensureEngine` starts it: real but for the vm and the tunnel, whose place a unix socket takes (FAKE_DOCKER).
 * The Docker behind it is the benchmark's own process.
 */
const path = process.env['FAKE_DOCKER'] ?? ''
const ended = Promise.withResolvers<void>()
process.on('SIGTERM', () => ended.resolve())
const docker = {
  openSocket: async (): Promise<Duplex> => {
    const socket = connect({ path, allowHalfOpen: true })
    // No net.Socket, as a tunnel's streams are none.
    return Duplex.from({ readable: socket, writable: socket }).on('error', () => undefined)
  },
}
await using engine = await startTestEngine({ home: covePaths(), docker, onExit: ended.resolve })
await engine.parts.life.start()
process.send?.({ type: 'listening' })
await ended.promise
process.exitCode = 0
