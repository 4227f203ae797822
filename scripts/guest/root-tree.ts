import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { chmod, copyFile, cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { neededLibraries } from './elf.ts'
import { fixAddress } from './fixed-address.ts'
import { guestResources, type ArchitectureRecipe, type Recipe } from './recipe.ts'

/** Follows symbolic links inside a tree as if the tree were the root. */
export function resolveInside(tree: string, path: string): string {
  let current = path
  for (let step = 0; step < 20; step++) {
    const parts = current.split('/').filter(Boolean)
    const at = parts.findIndex((_, index) => {
      const entry = lstatSync(join(tree, ...parts.slice(0, index + 1)), { throwIfNoEntry: false })
      return entry?.isSymbolicLink() ?? false
    })
    if (at < 0) return join(tree, current)
    const link = `/${parts.slice(0, at + 1).join('/')}`
    const target = readlinkSync(join(tree, link))
    current = join(target.startsWith('/') ? target : join(dirname(link), target), ...parts.slice(at + 1))
  }
  throw new Error(`Too many symbolic links at ${path}`)
}

/** Copies listed files from the unpacked packages, keeping their place. */
export class RootTree {
  readonly #base: string
  readonly #root: string
  readonly #libraryFolder: string
  readonly #copiedLibraries = new Set<string>()

  constructor(base: string, root: string, triplet: string) {
    this.#base = base
    this.#root = root
    this.#libraryFolder = `/usr/lib/${triplet}`
  }

  async copy(path: string, to = path): Promise<Buffer> {
    const from = resolveInside(this.#base, path)
    if (!existsSync(from)) throw new Error(`The unpacked packages hold no ${path}, which the recipe lists.`)
    const target = join(this.#root, to)
    await mkdir(dirname(target), { recursive: true })
    await copyFile(from, target)
    await chmod(target, lstatSync(from).mode & 0o755)
    return readFile(from)
  }

  async copyProgram(path: string): Promise<void> {
    await this.copyLibraries(neededLibraries(await this.copy(path)))
  }

  async copyLibraries(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (this.#copiedLibraries.has(name) || name.startsWith('ld-linux')) continue
      this.#copiedLibraries.add(name)
      await this.copyLibraries(neededLibraries(await this.copy(`${this.#libraryFolder}/${name}`)))
    }
  }

  async copyLibraryFolder(name: string): Promise<void> {
    const folder = `${this.#libraryFolder}/${name}`
    await cp(join(this.#base, folder), join(this.#root, folder), { recursive: true, verbatimSymlinks: true })
    for (const file of await readdir(join(this.#root, folder))) {
      const path = join(this.#root, folder, file)
      if (lstatSync(path).isFile()) await this.copyLibraries(neededLibraries(await readFile(path)))
    }
  }

  async link(path: string, target: string): Promise<void> {
    const at = join(this.#root, path)
    await mkdir(dirname(at), { recursive: true })
    if (!lstatSync(at, { throwIfNoEntry: false })) await symlink(target, at)
  }
}

async function writeCertificates(base: string, root: string): Promise<void> {
  const folder = join(base, 'usr/share/ca-certificates/mozilla')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.crt')).sort()
  const all = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  await writeFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), all.join(''))
}

/** Names of the commands busybox brings, as listed beside the recipe. */
export async function busyboxApplets(): Promise<string[]> {
  const text = await readFile(join(guestResources, 'busybox-applets.txt'), 'utf8')
  return text.split('\n').filter((line) => line !== '')
}

async function moveProgram(path: string): Promise<void> {
  const data = await readFile(path)
  fixAddress(data)
  await writeFile(path, data)
}

/** Lays out the root image's files: listed programs with their libraries, links, and our own files on top. */
export async function fillRootTree(recipe: Recipe, { triplet, loader, emulator }: ArchitectureRecipe, { base, root }: { base: string; root: string }): Promise<void> {
  for (const folder of recipe.directories) await mkdir(join(root, folder), { recursive: true })
  const tree = new RootTree(base, root, triplet)
  for (const [path, target] of Object.entries(recipe.links)) await tree.link(path, target)
  for (const program of [...recipe.binaries, emulator]) await tree.copyProgram(program)
  for (const program of recipe.fixedAddress) await moveProgram(join(root, program))
  await tree.copy(`/usr/lib/${triplet}/${loader.split('/').at(-1) ?? ''}`, loader)
  await tree.copyLibraries(recipe.libraries)
  await tree.copyLibraryFolder('xtables')
  for (const file of recipe.files) await tree.copy(file)
  for (const applet of await busyboxApplets()) {
    if (!existsSync(join(root, 'usr/sbin', applet))) await tree.link(`/usr/bin/${applet}`, 'busybox')
  }
  await writeCertificates(base, root)
  await cp(join(guestResources, 'root'), root, { recursive: true })
  await chmod(join(root, 'etc/shadow'), 0o600)
  await chmod(join(root, 'root'), 0o700)
  await chmod(join(root, 'tmp'), 0o1777)
  await chmod(join(root, 'var/tmp'), 0o1777)
}
