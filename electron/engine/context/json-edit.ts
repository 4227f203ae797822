import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser'

/**
 * A JSON object's text with one text entry set, or removed when `value` is undefined; every other byte stays, and
 * removing what was added gives the former text. (jsonc-parser's own edits reformat what stands beside them.)
 */
export function withTopLevelText(json: string, key: string, value: string | undefined): string {
  const object = parseTree(json)
  if (!object) return json
  const present = findNodeAtLocation(object, [key])
  if (value === undefined) return present?.parent ? without(json, object, present.parent) : json
  if (present) return splice(json, { from: present.offset, to: endOf(present), text: JSON.stringify(value) })
  return splice(json, insertion(json, object, `${JSON.stringify(key)}: ${JSON.stringify(value)}`))
}

interface Splice {
  from: number
  to: number
  text: string
}

/** At the end, spaced like the last entry. */
function insertion(json: string, object: Node, entry: string): Splice {
  const [last, before] = (object.children ?? []).toReversed()
  if (!last) return { from: object.offset + 1, to: object.offset + 1, text: entry }
  const gap = json.slice(before ? endOf(before) : object.offset + 1, last.offset).replace(',', '')
  return { from: endOf(last), to: endOf(last), text: `,${gap}${entry}` }
}

function without(json: string, object: Node, entry: Node): string {
  const entries = object.children ?? []
  const place = entries.indexOf(entry)
  const [before, after] = [entries[place - 1], entries[place + 1]]
  if (before) return splice(json, { from: endOf(before), to: endOf(entry), text: '' })
  return splice(json, { from: entry.offset, to: after?.offset ?? endOf(entry), text: '' })
}

function splice(json: string, { from, to, text }: Splice): string {
  return json.slice(0, from) + text + json.slice(to)
}

function endOf(node: Node): number {
  return node.offset + node.length
}
