import { exemptions } from './exemptions.ts'

/** One file of the repository: its path from the root and its text. */
export interface SourceFile {
  path: string
  text: string
}

/** What is wrong where; `line` counts from 1. */
export interface Finding {
  path: string
  line?: number
  problem: string
}

/** What the rules know beside the files. */
export interface StructureFacts {
  /** Host names of package registries and mirrors that this machine uses; none may be written into the repository. */
  registryHosts: readonly string[]
}

/** The top-level entries that DESIGN.md fixes. */
const topLevel = ['package.json', 'package-lock.json', 'tsconfig.json', 'electron', 'renderer', 'resources', 'scripts', 'test', 'README.md', 'LICENSE', '.gitignore', '.ci']

/** Names that say nothing about what a file is for. */
const emptyNames = /^(utils?|helpers?|common|manager|misc)(\.|$)|-(utils?|helpers?|manager)(\.|$)/

const hardLimitLines = 400
const isSource = (path: string): boolean => /\.(ts|tsx|mjs|mts|c|h|sh|css)$/.test(path)

/** One-line patterns that no source may contain, by the folder they count in. */
const forbidden: readonly { where: RegExp; pattern: RegExp; problem: string }[] = [
  { where: /^test\/.*\.test\.ts$/, pattern: /\b(test|it|describe|suite)\.only\(/, problem: 'runs alone: remove .only' },
  {
    where: /^electron\//,
    pattern: /new Promise(<\w+>)?\(\s*\(?(\w+)\)?\s*=>\s*(void )?setTimeout\(\s*\2\b/,
    problem: 'sleeps: wait for the event instead (base/limit.ts bounds a wait)',
  },
  { where: /^(electron|renderer|resources|scripts|test)\//, pattern: /\b(TO\x44O|FIX\x4dE|X\x58X|HA\x43K)\b/, problem: 'leaves work behind: do it or file it' },
]

/** Everything about the repository that a linter of single files cannot see. */
export function checkStructure(files: readonly SourceFile[], facts: StructureFacts): Finding[] {
  return [...checkTopLevel(files), ...files.flatMap((file) => checkFile(file, facts)), ...checkExemptions(files), ...checkLock(files)]
}

function checkTopLevel(files: readonly SourceFile[]): Finding[] {
  const found = new Set(files.map(({ path }) => path.split('/')[0] ?? ''))
  return [...found].filter((name) => !topLevel.includes(name)).map((path) => ({ path, problem: `is no top-level entry: allowed are ${topLevel.join(', ')}` }))
}

function checkFile({ path, text }: SourceFile, { registryHosts }: StructureFacts): Finding[] {
  const findings: Finding[] = []
  const lines = text.split('\n')
  if (path.split('/').some((part) => emptyNames.test(part))) findings.push({ path, problem: 'has a name that says nothing: name it after what it holds' })
  if (isSource(path) && lines.length - 1 > hardLimitLines) findings.push({ path, problem: `has ${lines.length - 1} lines, the hard limit is ${hardLimitLines}` })
  for (const [index, content] of lines.entries()) {
    const line = index + 1
    for (const { where, pattern, problem } of forbidden) if (where.test(path) && pattern.test(content)) findings.push({ path, line, problem })
    for (const host of registryHosts) if (content.includes(host)) findings.push({ path, line, problem: 'names a package registry or mirror of this machine' })
  }
  return findings
}

function checkExemptions(files: readonly SourceFile[]): Finding[] {
  const paths = new Set(files.map(({ path }) => path))
  return exemptions.flatMap(({ file, reason }) => [
    ...(paths.has(file) ? [] : [{ path: file, problem: 'is exempted in scripts/lint/exemptions.ts but does not exist' }]),
    ...(reason.trim().length < 20 ? [{ path: file, problem: 'is exempted without a reason' }] : []),
  ])
}

/** The lock file must work with every registry and on every system, whichever machine wrote it. */
function checkLock(files: readonly SourceFile[]): Finding[] {
  const lock = files.find(({ path }) => path === 'package-lock.json')
  if (!lock) return []
  const { packages = {} } = JSON.parse(lock.text) as { packages?: Record<string, LockedPackage> }
  const isResolved = Object.values(packages).some(({ resolved }) => resolved?.startsWith('http'))
  const optional = new Set(Object.values(packages).flatMap((each) => Object.keys(each.optionalDependencies ?? {})))
  const absent = [...optional].filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)))
  return [
    ...(isResolved ? [{ path: lock.path, problem: 'names where packages came from: run npm with --omit-lockfile-registry-resolved' }] : []),
    // npm leaves out what the registry at hand lacks, and `npm ci` then refuses the file on a fresh machine.
    ...absent.map((name) => ({ path: lock.path, problem: `lacks the optional package ${name}` })),
  ]
}

interface LockedPackage {
  resolved?: string
  optionalDependencies?: Record<string, string>
}
