import { spawn } from 'node:child_process'

/** Where a program runs and what its environment adds. */
export type RunOptions = { cwd?: string; env?: Record<string, string>; log?: (line: string) => void }

/** Runs a program to its end and gives its standard output; a failure quotes the last lines it wrote. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-8000)
    options.log?.(text)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 6).join(' ')} ended with ${code}:\n${errors.trim().split('\n').slice(-12).join('\n')}`)
  return output
}
