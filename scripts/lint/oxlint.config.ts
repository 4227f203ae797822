import type { OxlintConfig, OxlintOverride } from 'oxlint'
import { exemptions } from './exemptions.ts'
import { type Floor, floors, wrappedPackages } from './floors.ts'

const noSleep = {
  name: 'node:timers/promises',
  importNames: ['setTimeout', 'setInterval'],
  message: 'Wait for the event, not for time to pass; a time limit is base/limit.ts.',
}

/** Rules about single elements that composite widgets cannot follow. */
const widgetRules = [
  'prefer-tag-over-role',
  'no-noninteractive-tabindex',
  'no-autofocus',
  'role-has-required-aria-props',
  'interactive-supports-focus',
  'click-events-have-key-events',
  'no-noninteractive-element-interactions',
  'no-noninteractive-element-to-interactive-role',
]

/** The imports a folder may not write: raw packages that another folder wraps, and floors it does not stand on. */
function restrictedImports(floor: Pick<Floor, 'wraps' | 'outOfReach' | 'because'>): NonNullable<OxlintOverride['rules']> {
  const paths = Object.entries(wrappedPackages)
    .filter(([name]) => !floor.wraps?.includes(name))
    .map(([name, where]) => ({ name, message: `Only ${where} may import ${name}.` }))
  const patterns = floor.outOfReach ? [{ group: [...floor.outOfReach], message: floor.because ?? 'Out of reach.' }] : []
  return { 'no-restricted-imports': ['error', { paths: [...paths, noSleep], patterns }] }
}

/** The budgets and habits of the sources; `npm run lint` fails on any finding that exemptions.ts does not list. */
const config: OxlintConfig = {
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'vitest', 'react', 'jsx-a11y'],
  categories: { correctness: 'error' },
  env: { node: true, es2024: true },
  options: { typeAware: true },
  rules: {
    'max-lines': ['error', { max: 250 }],
    'max-lines-per-function': ['error', { max: 50, skipComments: true }],
    'max-params': ['error', { max: 3 }],
    'no-var': 'error',
    'prefer-const': 'error',
    eqeqeq: 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'import/no-default-export': 'error',
    'import/no-cycle': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'unicorn/prefer-node-protocol': 'error',
    'vitest/no-focused-tests': 'error',
    // vitest's expect takes a message; an assertion may stand in a function that several tests share.
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    'vitest/expect-expect': 'off',
    // Tests made by a function of the file's own (test.extend and its kind) are not seen as tests.
    'vitest/no-standalone-expect': 'off',
    'vitest/require-mock-type-parameters': 'off',
    'vitest/no-conditional-expect': 'off',
    // A fixture without needs of its own is written `({}, use) => …`.
    'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }],
    // Control bytes are what a terminal, a log redactor and a serial console are about.
    'no-control-regex': 'off',
    // Interfaces here write methods, their objects are closures without a `this`.
    'typescript/unbound-method': 'off',
    'unicorn/prefer-string-starts-ends-with': 'off',
    ...restrictedImports({}),
  },
  // oxlint reads these globs from this file on down, hence the leading stars.
  overrides: [
    ...floors.map((floor) => ({ files: [`**/${floor.folder}/**`], rules: restrictedImports(floor) })),
    // Tests drive raw peers (an ssh2 server, a Docker client) and tell a whole story in one function.
    { files: ['**/test/**'], rules: { 'max-lines-per-function': 'off', 'max-params': 'off', 'no-restricted-imports': 'off' } },
    // Composite widgets (grid, combobox, tabs) keep focus on their frame, and lists that scroll must be reachable by key:
    // what these rules know of single elements is wrong for them. axe checks every screen in test/app.
    { files: ['**/renderer/**'], rules: Object.fromEntries(widgetRules.map((rule) => [`jsx-a11y/${rule}`, 'off'])) },
    // Read by tools that look for a default export.
    { files: ['**/*.config.ts', '**/test/**/*setup.ts', '**/scripts/test/*-reporter.ts'], rules: { 'import/no-default-export': 'off' } },
    ...exemptions.map(({ file, rules }) => ({ files: [`**/${file}`], rules })),
  ],
}

export default config
