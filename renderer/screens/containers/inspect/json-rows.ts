/** Anything that JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** One visible line of a tree. */
export interface JsonRow {
  /** As jq and docker's templates would name it: `.Config.Env[0]`. */
  path: string
  name: string
  depth: number
  value: Json
  /** Undefined for what has nothing below it. */
  isOpen: boolean | undefined
}

/** The visible lines: what is open, or with a search everything that holds it and the way there. */
export function jsonRows(value: Json, open: ReadonlySet<string>, search: string): readonly JsonRow[] {
  const rows: JsonRow[] = []
  const needle = search.trim().toLowerCase()
  const walk = (node: Json, row: Omit<JsonRow, 'value' | 'isOpen'>): boolean => {
    const children = childrenOf(node)
    const at = rows.length
    const isOpen = children.length === 0 ? undefined : needle !== '' || open.has(row.path)
    rows.push({ ...row, value: node, isOpen })
    let isFound = needle !== '' && (row.name.toLowerCase().includes(needle) || (children.length === 0 && jsonText(node).toLowerCase().includes(needle)))
    if (isOpen) for (const [name, child] of children) isFound = walk(child, { path: pathTo(row.path, name, node), name, depth: row.depth + 1 }) || isFound
    if (needle !== '' && !isFound) rows.length = at
    return isFound
  }
  for (const [name, child] of childrenOf(value)) walk(child, { path: pathTo('', name, value), name, depth: 0 })
  return rows
}

/** What is directly below a value. */
export function childrenOf(value: Json): readonly (readonly [name: string, child: Json])[] {
  return value !== null && typeof value === 'object' ? Object.entries(value as Record<string, Json>) : []
}

function pathTo(path: string, name: string, parent: Json): string {
  if (Array.isArray(parent)) return `${path}[${name}]`
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`
}

/** A value on one line. */
export function jsonText(value: Json): string {
  if (Array.isArray(value)) return `[${value.length}]`
  if (value !== null && typeof value === 'object') return `{${Object.keys(value).length}}`
  return JSON.stringify(value)
}
