import { delimiter } from 'node:path'
import { defineCommand, flag } from '../declare.ts'
import { bundledDockerCli, hasDocker } from '#base/docker-cli.ts'
import { dockerHost } from '#base/docker-host.ts'
import { evaluation, setVariable, shellNames, unsetVariable } from '../quote.ts'
import { oneOf, valueOption } from '../values.ts'

/** `cove env` */
export const env = defineCommand({
  name: 'env',
  group: 'Use Docker:',
  summary: 'print the command that points docker to Cove in this shell',
  details: 'Needs no engine and changes nothing by itself. Where PATH has no docker, the one that Cove brings is added to it.',
  options: {
    shell: valueOption('name', { short: 's', summary: `syntax to write: ${Object.keys(shellNames).join(', ')}`, ...oneOf('a shell', shellNames) }),
    unset: flag('print how to undo it', { short: 'u' }),
  },
  examples: ['eval "$(cove env)"', 'cove env --shell fish | source'],
  async run({ options }, cli) {
    const shell = options.shell ?? (cli.io.platform === 'win32' ? 'powershell' : 'sh')
    cli.out.line(options.unset ? unsetVariable(shell, 'DOCKER_HOST') : setVariable(shell, 'DOCKER_HOST', dockerHost(cli.paths.dockerSocket)))
    const path = cli.io.env['PATH'] ?? ''
    const bundled = options.unset || hasDocker(path) ? undefined : bundledDockerCli()
    if (bundled !== undefined) cli.out.line(setVariable(shell, 'PATH', [bundled, ...(path === '' ? [] : [path])].join(delimiter)))
    if (!cli.out.isTTY) return
    cli.err.line(cli.err.style.dim(`To run it: ${evaluation(shell, options.unset ? 'cove env --unset' : 'cove env')}`))
  },
})
