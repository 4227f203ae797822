import type { ContextResult } from '#contract/context.ts'
import type { CommandContext } from '../context.ts'
import { defineCommand, defineGroup, flag, jsonFlag } from '../declare.ts'
import { harmlessLine } from '#base/harmless.ts'

const use = defineCommand({
  name: 'use',
  summary: "make docker's context \"cove\" and switch docker to it",
  options: { json: jsonFlag, plugins: flag("also link Cove's compose and buildx for docker, where it has none in its own folder") },
  async run({ options }, cli) {
    const result = await cli.engine.use({ what: 'the docker context', ms: 10_000 }, ({ api, signal }) =>
      api.context.use({ dockerConfigDir: cli.dockerConfigDir, ...(options.plugins ? { plugins: true } : {}) }, { signal }),
    )
    if (options.json) return cli.json(result)
    say(cli, result.changed ? `docker now uses the context "${result.name}": ${result.host}` : `docker uses the context "${result.name}" already: ${result.host}`)
    for (const { name, path, isOurs } of result.plugins ?? []) say(cli, isOurs ? `${name} is linked: ${path}` : `${name} was there already and stays as it is: ${path}`)
    warnOfOverride(cli)
  },
})

const rm = defineCommand({
  name: 'rm',
  summary: "remove docker's context \"cove\"",
  options: { json: jsonFlag },
  async run({ options }, cli) {
    const result: ContextResult = await cli.engine.use({ what: 'the docker context', ms: 10_000 }, ({ api, signal }) =>
      api.context.remove({ dockerConfigDir: cli.dockerConfigDir }, { signal }),
    )
    if (options.json) cli.json(result)
    else say(cli, result.changed ? `The docker context "${result.name}" is removed.` : `There is no docker context "${result.name}".`)
  },
})

/** `cove context` */
export const context = defineGroup({
  name: 'context',
  group: 'Use Docker:',
  summary: 'point docker to Cove everywhere, or take that back',
  details: 'Only the context "cove" and the name of the current context are written, and links to plug-ins where you ask for them; nothing else of your docker configuration is touched.',
  commands: [use, rm],
})

function say(cli: CommandContext, text: string): void {
  cli.err.line(`${cli.err.style.green(cli.err.style.check)} ${harmlessLine(text)}`)
}

function warnOfOverride(cli: CommandContext): void {
  for (const name of ['DOCKER_HOST', 'DOCKER_CONTEXT']) {
    const value = cli.io.env[name]
    if (value) cli.err.line(`${cli.err.style.yellow('!')} ${name} is set to "${harmlessLine(value)}" in this shell, and docker prefers that.`)
  }
}
