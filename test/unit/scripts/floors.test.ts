import { execFile } from 'node:child_process'
import { cp, glob, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkout } from '#scripts/checkout.ts'

const bin = join(checkout, 'node_modules', '.bin')
let tree: string

// A tree with the real project files and a few sources of its own: the rules are tried, not read.
beforeEach(async () => {
  await mkdir(join(checkout, 'dist'), { recursive: true })
  tree = await mkdtemp(join(checkout, 'dist', 'floors-'))
  for (const file of ['package.json', 'tsconfig.json']) await cp(join(checkout, file), join(tree, file))
  for await (const file of glob('electron/**/tsconfig.json', { cwd: checkout })) await cp(join(checkout, file), join(tree, file))
  await symlink(join(checkout, 'node_modules'), join(tree, 'node_modules'))
  await write('electron/contract/noun.ts', 'export const noun = 1\n')
  await write('electron/base/tool.ts', "export { noun as tool } from '#contract/noun.ts'\n")
  await write('electron/engine/vm/part.ts', "export { tool as part } from '#base/tool.ts'\n")
  await write('electron/engine/tunnel/part.ts', "export { tool as part } from '#base/tool.ts'\n")
})

afterEach(() => rm(tree, { recursive: true, force: true }))

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true })
  await writeFile(join(tree, path), text)
}

async function run(program: string, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(join(bin, program), args, { cwd: tree }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, output: stdout + stderr })
    })
  })
}

const compile = (folder: string) => run('tsc', '-b', folder)
const lint = (path: string) => run('oxlint', '-c', join(checkout, 'scripts', 'lint', 'oxlint.config.ts'), '--deny-warnings', path)

describe('floors', () => {
  test('imports downwards compile', async () => {
    expect(await compile('electron/engine/vm')).toMatchObject({ code: 0 })
  })

  test.each([
    ['the contract', 'electron/contract', 'electron/contract/noun.ts', '#base/tool.ts'],
    ['base', 'electron/base', 'electron/base/tool.ts', '#engine/vm/part.ts'],
    ['one folder of the engine', 'electron/engine/vm', 'electron/engine/vm/part.ts', '#engine/tunnel/part.ts'],
    ['a sibling by its path', 'electron/engine/vm', 'electron/engine/vm/part.ts', '../tunnel/part.ts'],
  ])('an import upwards or sideways from %s does not compile', async (_, folder, file, specifier) => {
    await write(file, `export * from '${specifier}'\n`)
    const { code, output } = await compile(folder)
    expect(code).not.toBe(0)
    expect(output).toContain(file.split('/').at(-1))
  })

  test.each([
    ['electron/engine/vm/raw.ts', 'ssh2', 'Only electron/engine/tunnel and electron/engine/shares may import ssh2.'],
    ['electron/cli/raw.ts', 'better-sqlite3', 'Only electron/engine/store may import better-sqlite3.'],
    ['electron/engine/docker/raw.ts', 'electron', 'Only electron/desktop may import electron.'],
    ['electron/engine/vm/raw.ts', '#engine/tunnel/part.ts', 'A folder of the engine imports base, contract and itself'],
    ['renderer/app/raw.ts', '../../electron/base/tool.ts', 'The window imports the contract and nothing else'],
  ])('lint refuses %s that imports %s', async (file, specifier, message) => {
    await write(file, `import * as raw from '${specifier}'\nexport const all = raw\n`)
    const { code, output } = await lint(file)
    expect(output).toContain(message)
    expect(code).not.toBe(0)
  })

  test('lint lets the wrapping folder import its package', async () => {
    await write('electron/engine/tunnel/raw.ts', "import * as raw from 'ssh2'\nexport const all = raw\n")
    expect(await lint('electron/engine/tunnel/raw.ts')).toMatchObject({ code: 0 })
  })
})
