import { readFile } from 'node:fs/promises'

/** How Cove starts QEMU on this host: what the conventional guest is started with as well. */
export interface Machine {
  program: string
  /** The options that both guests share, as on Cove's own command line. */
  options: Record<SharedOption, string>
}

const shared = ['-machine', '-accel', '-cpu', '-smp', '-m'] as const
type SharedOption = (typeof shared)[number]

/** Picks the shared options out of a QEMU command line. @throws Error naming one that is missing. */
export function machineOf(commandLine: readonly string[]): Machine {
  const [program = ''] = commandLine
  const value = (option: SharedOption): string => {
    const at = commandLine.indexOf(option)
    const found = at < 0 ? undefined : commandLine[at + 1]
    if (found === undefined) throw new Error(`Cove's QEMU runs without ${option}`)
    return found
  }
  const options = { '-machine': value('-machine'), '-accel': value('-accel'), '-cpu': value('-cpu'), '-smp': value('-smp'), '-m': value('-m') }
  return { program, options }
}

/** Reads how a running QEMU was started. */
export async function readMachine(pid: number): Promise<Machine> {
  return machineOf((await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0'))
}

/** QEMU's arguments for a bare machine of this kind. */
export function qemuOfMachine({ options }: Machine): string[] {
  return ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', ...Object.entries(options).flat()]
}
