import { CoveError, toCoveError } from '#contract/errors.ts'
import type { Finding } from '#contract/doctor.ts'
import type { CommandContext } from '../context.ts'
import { defineCommand, jsonFlag } from '../declare.ts'
import { checkLogins } from '../docker-logins.ts'
import { harmless } from '#base/harmless.ts'
import { padTo, widthOf, wrap } from '../terminal/width.ts'

/** `cove doctor` */
export const doctor = defineCommand({
  name: 'doctor',
  group: 'Look inside:',
  summary: 'look for what keeps Cove from working, and say how to mend it',
  details: 'The exit code is 1 when there is a problem, 0 otherwise.',
  options: { json: jsonFlag },
  async run({ options }, cli) {
    const { dockerConfigDir, io } = cli
    // By this shell's PATH and docker configuration; the engine may have been started from another.
    const findings = [...(await examine(cli)), await checkLogins({ dockerConfigDir, env: io.env, platform: io.platform })]
    if (options.json) cli.json(findings)
    else show(cli, findings)
    return findings.some(({ level }) => level === 'problem') ? 1 : 0
  },
})

/** The engine's findings; when there can be no engine, that is the finding. */
async function examine(cli: CommandContext): Promise<Finding[]> {
  try {
    return await cli.engine.use({ what: 'the examination', ms: 60_000 }, ({ api, signal }) => api.doctor.check(undefined, { signal }))
  } catch (error) {
    if (cli.signal.aborted || !(error instanceof CoveError)) throw error
    const { message, hint } = toCoveError(error)
    return [{ name: 'engine', level: 'problem', message: `The engine cannot be asked: ${message}`, remark: null, fix: hint ?? null }]
  }
}

function show(cli: CommandContext, findings: readonly Finding[]): void {
  const { style } = cli.out
  const mark = { ok: style.green(style.check), warning: style.yellow('!'), problem: style.red(style.cross) }
  const width = Math.max(0, ...findings.map(({ name }) => widthOf(harmless(name)))) + 2
  for (const { name, level, message, fix } of findings) {
    const text = fix === null ? message : `${message}\nfix: ${fix}`
    const lines = cli.out.isTTY ? wrap(harmless(text), cli.out.columns - width - 3) : harmless(text).split('\n')
    lines.forEach((line, index) => cli.out.line(index === 0 ? `${mark[level]} ${padTo(harmless(name), width)}${line}` : `  ${' '.repeat(width)}${line}`))
  }
}
