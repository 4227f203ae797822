import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const exe = process.platform === 'win32' ? '.exe' : ''

/** The folder of the docker CLI that Cove brings, with its plug-ins in `cli-plugins`; undefined when it was not fetched. */
export function bundledDockerCli(): string | undefined {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  // As far from electron/base as from dist/cli and dist/engine, where the bundles lie.
  const folder = join(import.meta.dirname, '..', '..', 'resources', 'bin', platform)
  return existsSync(join(folder, `docker${exe}`)) ? folder : undefined
}

/** Whether a PATH leads to a docker CLI. */
export function hasDocker(path: string): boolean {
  return hasProgram(path, 'docker')
}

/** Whether a PATH leads to a program. */
export function hasProgram(path: string, name: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, `${name}${exe}`), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}
