import { join } from 'node:path'
import { execa } from 'execa'
import { checkout } from '../../checkout.ts'
import type { HostSection } from '../bench.ts'
import type { Figure } from '../figure.ts'

/** So many containers the fake Docker has, one after the other. */
const sizes = [100, 1000, 5000]

/**
 * UX.md's budgets, at several sizes. Real: main process, preload, page, Chromium, and the engine's process with its flags, contract,
 * live model and store. Not real: the Docker API (the benchmark's own process), the tunnel (a unix socket), the vm (none), and where
 * Electron's program is missing its place is taken by test/app/stand-in, which carries every frame over a
 * WebSocket and a worker of the page (one copy or two more than Electron makes; over CDP it was ten). A program of its own:
 * it stands with the window suite, whose fixtures it uses.
 */
export const window: HostSection = {
  name: 'window',
  async measure({ runs, isQuick, say }): Promise<Figure[]> {
    say(`the window over a fake Docker with ${sizes.join(', ')} containers`)
    const options = JSON.stringify({ runs, isQuick, sizes })
    const { stdout } = await execa(process.execPath, [join(checkout, 'test', 'app', 'bench', 'main.ts'), options], { stderr: 'inherit' })
    return JSON.parse(stdout.split('\n').at(-1) ?? '') as Figure[]
  },
}
