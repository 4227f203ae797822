import { mkdir, readFile, readdir, writeFile, copyFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { hideSection } from './elf.ts'
import type { Recipe } from './recipe.ts'
import { run } from './run.ts'

/** depmod's modules.dep: path of each module to the paths of all it needs, in the order to load them backwards. */
export type Dependencies = Map<string, string[]>

/** Reads modules.dep. */
export function parseDependencies(text: string): Dependencies {
  const lines = text.split('\n').filter((line) => line.includes(':'))
  return new Map(
    lines.map((line) => {
      const [path = '', needs = ''] = line.split(':')
      return [path, needs.split(' ').filter((need) => need !== '')]
    }),
  )
}

/** The kernel's own name of a module file: no folder, no suffix, '_' for '-'. */
export function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_')
}

/** Paths of the named modules and all they need, in an order in which they load; names the kernel has built in are left out. */
export function loadOrder(names: readonly string[], dependencies: Dependencies): string[] {
  const byName = new Map([...dependencies.keys()].map((path) => [moduleName(path), path]))
  const ordered = new Set<string>()
  for (const name of names) {
    const path = byName.get(name.replaceAll('-', '_'))
    if (path === undefined) continue
    for (const need of [...(dependencies.get(path) ?? [])].reverse()) ordered.add(need)
    ordered.add(path)
  }
  return [...ordered]
}

/** The only kernel version among the unpacked packages. */
export async function findKernelVersion(base: string): Promise<string> {
  const versions = await readdir(join(base, 'usr/lib/modules'))
  const [version] = versions
  if (version === undefined || versions.length > 1) throw new Error(`Expected one kernel among the packages, found: ${versions.join(', ') || 'none'}`)
  return version
}

const signatureMark = Buffer.from('~Module signature appended~\n')

/**
 * Takes off what costs time at every load and gains nothing in an image whose checksum is verified as a whole:
 * the appended signature (kernel: include/linux/module_signature.h) and the BTF type data, which is only hidden.
 */
export function trimModule(module: Buffer): Buffer {
  let end = module.length
  if (module.subarray(-signatureMark.length).equals(signatureMark)) {
    const info = end - signatureMark.length - 12
    end = info - module.readUInt32BE(info + 8)
  }
  const trimmed = Buffer.from(module.subarray(0, end))
  hideSection(trimmed, '.BTF')
  return trimmed
}

const unpackedName = (path: string): string => path.replace(/\.xz$/, '')

async function copyModules(from: string, to: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(to, dirname(path)), { recursive: true })
    await copyFile(join(from, path), join(to, path))
  }
  const packed = paths.filter((path) => path.endsWith('.xz')).map((path) => join(to, path))
  if (packed.length > 0) await run('xz', ['-d', '-f', ...packed])
  for (const path of paths.map(unpackedName)) await writeFile(join(to, path), trimModule(await readFile(join(to, path))))
}

/** Copies the allow-listed modules unpacked into the root tree, with lists of what to load when. */
export async function installModules(recipe: Recipe, base: string, root: string): Promise<{ version: string; initrd: string[] }> {
  const version = await findKernelVersion(base)
  const folder = `usr/lib/modules/${version}`
  await run('depmod', ['-b', base, version])
  const dependencies = parseDependencies(await readFile(join(base, folder, 'modules.dep'), 'utf8'))
  const { initrd, network, docker, late, kept } = recipe.modules
  await copyModules(join(base, folder), join(root, folder), loadOrder([...initrd, ...network, ...docker, ...late, ...kept], dependencies))
  for (const file of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) await copyFile(join(base, folder, file), join(root, folder, file))
  await run('depmod', ['-b', root, version])
  for (const file of ['modules.order', 'modules.symbols', 'modules.dep', 'modules.alias', 'modules.devname'])
    await rm(join(root, folder, file), { force: true })
  const inInitrd = loadOrder(initrd, dependencies).map(unpackedName)
  await mkdir(join(root, 'usr/lib/cove'), { recursive: true })
  for (const [name, modules] of Object.entries({ network, docker, late })) {
    const paths = loadOrder(modules, dependencies).map((path) => `/${folder}/${unpackedName(path)}`)
    await writeFile(
      join(root, `usr/lib/cove/modules-${name}`),
      paths
        .filter((path) => !inInitrd.some((other) => path.endsWith(other)))
        .map((path) => `${path}\n`)
        .join(''),
    )
  }
  return { version, initrd: inInitrd.map((path) => join(root, folder, path)) }
}
