import type { CovePaths } from '#base/paths.ts'
import { coveVersion } from '#base/version.ts'
import type { EngineState, Status } from '#contract/state.ts'
import { stepLabel } from './progress.ts'
import { dockerHost } from '#base/docker-host.ts'
import { formatBytes, formatSpan } from './terminal/format.ts'
import { harmless, harmlessLine } from '#base/harmless.ts'
import type { Style } from './terminal/style.ts'
import { formatFields } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'
import { wrap } from './terminal/width.ts'

/** The status where no engine runs. */
export function offStatus(paths: CovePaths): Status {
  return {
    state: 'off',
    step: null,
    reason: null,
    hint: null,
    code: null,
    about: null,
    since: new Date().toISOString(),
    warnings: [],
    remarks: [],
    dockerSocket: paths.dockerSocket,
    engine: null,
    vm: null,
    docker: null,
    bootSteps: [],
  }
}

const stateColor: Record<EngineState, (style: Style) => (text: string) => string> = {
  off: (style) => style.dim,
  starting: (style) => style.yellow,
  running: (style) => style.green,
  sleeping: (style) => style.dim,
  waking: (style) => style.yellow,
  stopping: (style) => style.yellow,
  failed: (style) => style.red,
}

/** `cove status` for people. */
export function formatStatus(status: Status, terminal: Terminal, now = new Date()): string[] {
  const { style } = terminal
  const paint = stateColor[status.state](style)
  const span = status.engine === null ? undefined : formatSpan(new Date(status.since), now)
  const since = span === undefined ? '' : style.dim(status.state === 'failed' ? `, ${span} ago` : ` for ${span}`)
  const step = status.step === null ? '' : `: ${stepLabel(status.step)}`
  const verb = status.state === 'failed' ? 'has' : 'is'
  const head = `${paint(style.dot)} Cove ${verb} ${style.bold(paint(status.state))}${step}${since}`
  const fields = fieldsOf(status).map(([label, value]) => [label, harmlessLine(value)] as const)
  return [head, ...formatFields(fields, terminal).map((line) => `  ${line}`), ...troubleOf(status, terminal)]
}

function fieldsOf({ docker, dockerSocket, vm, engine }: Status): [string, string][] {
  const fields: [string, string][] = []
  if (docker) fields.push(['Docker', `${docker.version} (API ${docker.apiVersion})`])
  fields.push(['Socket', dockerHost(dockerSocket)])
  if (vm) fields.push(['VM', `${vm.cpus} CPUs, ${formatBytes(vm.memoryMiB * 1024 * 1024)}, ${vm.accelerator}, pid ${vm.pid}`])
  if (engine) fields.push(['Engine', `${engine.version}, pid ${engine.pid}`])
  return fields
}

function troubleOf(status: Status, terminal: Terminal): string[] {
  const { style } = terminal
  const lines = formatWarnings(status, terminal)
  if (status.reason !== null) lines.push(...formatMarked(style.red(style.cross), status.reason, terminal))
  if (status.hint !== null) lines.push(...formatMarked(' ', `hint: ${status.hint}`, terminal))
  return lines
}

/** What works but not as well as it could, one marked paragraph each. */
export function formatWarnings({ warnings, engine }: Status, terminal: Terminal): string[] {
  const all = [...warnings]
  if (engine && engine.version !== coveVersion) {
    all.push(`The running engine is version ${engine.version}, this command ${coveVersion}. Renew it with: cove stop --engine && cove start`)
  }
  return all.flatMap((warning) => formatMarked(terminal.style.yellow('!'), warning, terminal))
}

function formatMarked(mark: string, text: string, terminal: Terminal): string[] {
  const lines = terminal.isTTY ? wrap(harmless(text).trimEnd(), terminal.columns - 5) : harmless(text).trimEnd().split('\n')
  return lines.map((line, index) => `  ${index === 0 ? mark : ' '} ${line}`)
}

/** One line that changes whenever the status does, for logs of `status --watch`. */
export function statusLine(status: Status): string {
  const step = status.step === null ? '' : `: ${stepLabel(status.step)}`
  const reason = status.reason === null ? '' : `: ${harmlessLine(status.reason)}`
  return `${status.since} ${status.state}${step}${reason}`
}
