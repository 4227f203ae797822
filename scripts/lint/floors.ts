/** One folder that a lint rule guards: what it may import beside npm's harmless packages. */
export interface Floor {
  /** Folder below the repository's root. */
  folder: string
  /** Raw packages that this folder wraps for everyone else. */
  wraps?: readonly string[]
  /** Import specifiers that are out of reach, as .gitignore-like patterns; `!` takes one back. */
  outOfReach?: readonly string[]
  /** What to tell who imports one of them. */
  because?: string
}

/** The folders inside electron/engine that never import each other. */
export const siblings = ['vm', 'tunnel', 'docker', 'compose', 'kubernetes', 'shares', 'ports', 'names', 'proxy', 'registries', 'store'] as const

/** Which folder of the engine may import which raw package; every other folder goes through it. */
const wraps: Partial<Record<(typeof siblings)[number], readonly string[]>> = {
  tunnel: ['ssh2'],
  shares: ['ssh2'],
  store: ['better-sqlite3'],
}

/** Each raw package with the folders that may import it. */
export const wrappedPackages: Readonly<Record<string, string>> = {
  electron: 'electron/desktop',
  ssh2: 'electron/engine/tunnel and electron/engine/shares',
  'better-sqlite3': 'electron/engine/store',
}

/** The folders of renderer/screens. */
const screens = ['overview', 'containers', 'projects', 'images', 'volumes', 'networks', 'builds', 'activity', 'disk', 'trouble', 'settings'] as const

/** What no part of the window may import: the host's side. */
const hostOfWindow = ['#base/**', '#engine/**', '#cli/**', '#desktop/**', '#scripts/**', 'node:*']

/** The floors of DESIGN.md, imports downwards only; TypeScript's project references say the same a second time. */
export const floors: readonly Floor[] = [
  {
    folder: 'electron/contract',
    outOfReach: ['#base/*', '#engine/**', '#cli/**', '#scripts/**', '../**', 'node:*'],
    because: 'The contract imports nothing of ours and nothing of the system: the window reads it too.',
  },
  {
    folder: 'electron/base',
    outOfReach: ['#engine/**', '#cli/**', '#scripts/**', '../engine/**', '../cli/**', '../desktop/**'],
    because: 'base imports only the contract.',
  },
  {
    folder: 'electron/engine',
    outOfReach: ['#cli/**', '#scripts/**', '../cli/**', '../desktop/**', '../../cli/**', '../../desktop/**'],
    because: 'The engine imports its folders, base and contract.',
  },
  ...siblings.map((name) => ({
    folder: `electron/engine/${name}`,
    ...(wraps[name] ? { wraps: wraps[name] } : {}),
    outOfReach: [
      '#engine/**',
      `!#engine/${name}/**`,
      ...siblings.flatMap((other) => (other === name ? [] : [`../${other}/**`, `../../${other}/**`])),
      '#cli/**',
      '#scripts/**',
    ],
    because: 'A folder of the engine imports base, contract and itself; the engine composes the folders.',
  })),
  {
    folder: 'electron/cli',
    outOfReach: ['#scripts/**', '../desktop/**'],
    because: 'The cli imports engine, base and contract.',
  },
  { folder: 'electron/desktop', wraps: ['electron'], outOfReach: ['#scripts/**', '#cli/**', '#engine/**', '#renderer/**', '../engine/**', '../cli/**'], because: 'The desktop holds no logic of its own: what it wants it asks the engine.' },
  {
    folder: 'renderer',
    outOfReach: [...hostOfWindow, '**/electron/**', '!**/electron/contract/**'],
    because: 'The window imports the contract and nothing else of the host.',
  },
  { folder: 'renderer/ui', outOfReach: ['**/state/**', '**/screens/**', '**/app/**', ...hostOfWindow], because: 'ui draws what it is given; it knows neither engine nor screens.' },
  { folder: 'renderer/state', outOfReach: ['**/ui/**', '**/screens/**', '**/app/**', ...hostOfWindow], because: 'state is what the window knows, whatever draws it.' },
  { folder: 'renderer/parts', outOfReach: ['**/screens/**', '**/app/**', ...hostOfWindow], because: 'parts are what several screens are made of: they know state and ui, no screen.' },
  ...screens.map((screen) => ({
    folder: `renderer/screens/${screen}`,
    outOfReach: ['**/app/**', ...screens.filter((other) => other !== screen).map((other) => `**/${other}/**`), ...hostOfWindow],
    because: 'Screens never import each other: what two of them need belongs to parts, ui or state.',
  })),
]
