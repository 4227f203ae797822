import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type GuestSsh, sshWords } from './guest-ssh.ts'

/** How long until a program in the guest sees what the host wrote, and what of that is the way back over ssh, in ms. */
export interface EditTimes {
  seen: number[]
  roundTrips: number[]
}

/** Looks at the file without a pause and says each new line, up to "end": without a terminal nothing else ends it. */
const looking = (file: string): string =>
  `last=; while [ "$last" != end ]; do line=; read -r line < ${file}; if [ -n "$line" ] && [ "$line" != "$last" ]; then echo "$line"; last=$line; fi; done`

/** Edits a file of a shared folder `times` times while a program in the guest looks at it. */
export async function timeEdits(guest: GuestSsh, folder: string, times: number): Promise<EditTimes> {
  const file = join(folder, 'edited')
  await writeFile(file, 'before\n')
  using looker = talk(guest, looking(file))
  await looker.line('before')
  using echo = talk(guest, 'cat')
  const result: EditTimes = { seen: [], roundTrips: [] }
  for (let i = 0; i < times; i++) {
    result.seen.push(await timed(async () => (await writeFile(file, `edit ${i}\n`), await looker.line(`edit ${i}`))))
    result.roundTrips.push(await timed(async () => (echo.say(`echo ${i}\n`), await echo.line(`echo ${i}`))))
  }
  await writeFile(file, 'end\n')
  await looker.line('end')
  return result
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** A command in the guest, its lines read one after the other. */
function talk(guest: GuestSsh, command: string): Disposable & { say(text: string): void; line(wanted: string): Promise<void> } {
  const child: ChildProcess = spawn('ssh', sshWords(guest, command), { stdio: ['pipe', 'pipe', 'ignore'] })
  if (!child.stdin || !child.stdout) throw new Error('no pipes to ssh')
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    say: (text) => void child.stdin?.write(text),
    line: async (wanted) => {
      for (;;) {
        const { value, done } = await lines.next()
        if (done === true) throw new Error(`ssh ended before "${wanted}" came`)
        if (value === wanted) return
      }
    },
    [Symbol.dispose]: () => void child.kill(),
  }
}
