import type { TransferEvent, TransferItem, TransferPlan } from '#contract/transfer.ts'
import type { CommandContext } from '../context.ts'
import { formatBytes } from '../terminal/format.ts'
import { LiveBlock, oneRow } from '../terminal/live-block.ts'
import { harmlessLine } from '#base/harmless.ts'
import { formatTable } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'

const actionWords: Record<TransferItem['action'], string> = {
  copy: '',
  present: 'already here',
  skip: 'skipped',
  replace: 'replaced',
  rename: 'renamed',
  conflict: 'exists already',
}

/** What a whole export or import came to. */
export interface TransferOutcome extends TransferPlan {
  bytes: number
  sha256: string | null
}

/** Shows a transfer as it goes: a line for each thing that is done, on a terminal a moving one below them. */
export async function followTransfer(cli: CommandContext, events: AsyncIterable<TransferEvent>, { isQuiet }: { isQuiet: boolean }): Promise<TransferOutcome> {
  const outcome: TransferOutcome = { items: [], leftOut: [], bytes: 0, sha256: null }
  const block = new LiveBlock(cli.err)
  try {
    for await (const event of events) {
      if (event.type === 'plan') outcome.leftOut = event.plan.leftOut
      else if (event.type === 'end') Object.assign(outcome, { bytes: event.bytes, sha256: event.sha256 })
      else if (event.type === 'item') outcome.items.push(event.item)
      if (isQuiet) continue
      if (event.type === 'item') {
        block.clear()
        cli.err.line(itemLine(cli.err, event.item))
      } else if (event.type === 'progress' && cli.err.canRedraw) block.draw([oneRow(progressText(event), cli.err)])
    }
    return outcome
  } finally {
    block.clear()
  }
}

function itemLine({ style }: Terminal, item: TransferItem): string {
  const mark = item.action === 'present' || item.action === 'skip' ? style.dim('-') : style.green(style.check)
  const size = item.bytes === null || item.bytes === 0 ? [] : [formatBytes(item.bytes)]
  const more = [...size, ...remarks(item)].join(', ')
  return `${mark} ${item.kind} ${harmlessLine(item.name)}${more === '' ? '' : style.dim(` (${harmlessLine(more)})`)}`
}

function remarks({ action, as, note }: TransferItem): string[] {
  const word = as === null ? actionWords[action] : `${action === 'present' ? 'already here' : 'renamed to'} ${action === 'present' ? 'as ' : ''}${as}`
  return [word, note ?? ''].filter((text) => text !== '')
}

function progressText({ phase, current, bytes, totalBytes, bytesPerSecond }: Extract<TransferEvent, { type: 'progress' }>): string {
  const total = totalBytes === null || totalBytes < bytes ? '' : ` of about ${formatBytes(totalBytes)}`
  return harmlessLine(`${phase === 'verify' ? 'verifying ' : ''}${current ?? ''}: ${formatBytes(bytes)}${total}, ${formatBytes(bytesPerSecond)}/s`)
}

/** A plan as a table with what stays behind. */
export function showPlan(cli: CommandContext, { items, leftOut }: TransferPlan): void {
  const rows = items.map((item) => [item.kind, item.name, item.bytes === null ? '' : formatBytes(item.bytes), remarks(item).join(', ')])
  if (rows.length === 0) cli.err.line('There is nothing of that.')
  else for (const line of formatTable(['KIND', 'NAME', 'SIZE', ''], rows, cli.out)) cli.out.line(line)
  const total = items.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
  if (total > 0) cli.err.line(`${formatBytes(total)} before compression; what images share counts once when it is copied.`)
  showLeftOut(cli, leftOut)
}

/** What stays behind, and why. */
export function showLeftOut(cli: CommandContext, leftOut: TransferPlan['leftOut']): void {
  if (leftOut.length === 0) return
  cli.err.line('Left out:')
  for (const { what, why } of leftOut) cli.err.line(`  ${harmlessLine(what)}: ${harmlessLine(why)}`)
}
