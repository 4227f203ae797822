import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

/** Says lines to QEMU's human monitor over its QMP socket, which has room for one client: the engine must have let go. @throws Error with what QEMU answered to a line, if that is anything. */
export async function tellMonitor(socketPath: string, lines: readonly string[]): Promise<void> {
  const socket = connect(socketPath)
  await once(socket, 'connect')
  const answers = createInterface({ input: socket })[Symbol.asyncIterator]()
  const ask = async (message: object): Promise<unknown> => {
    socket.write(`${JSON.stringify(message)}\n`)
    for (;;) {
      const { value, done } = await answers.next()
      if (done) throw new Error(`QEMU's monitor closed "${socketPath}"`)
      const answer = JSON.parse(String(value)) as Record<string, unknown>
      if ('return' in answer || 'error' in answer) return answer['return']
    }
  }
  try {
    await ask({ execute: 'qmp_capabilities' })
    for (const line of lines) {
      const said = await ask({ execute: 'human-monitor-command', arguments: { 'command-line': line } })
      if (said !== '') throw new Error(`QEMU answered to "${line}": ${String(said).trim()}`)
    }
  } finally {
    socket.destroy()
  }
}
