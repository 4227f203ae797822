import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildFolder, type BuildFolder } from './fixtures/build-folder.ts'
import { image, uniqueName } from './fixtures/containers.ts'
import { startGuestRegistry } from './fixtures/guest-registry.ts'
import { listTree } from './fixtures/host.ts'
import { coveOk, dockerOk } from './fixtures/run.ts'

/** A service that becomes healthy after a while, one that is built and waits for it, one of a profile. */
const composeFile = `services:
  db:
    image: ${image}
    command: [sh, -c, 'test -e /data/born || date +%s > /data/born; sleep 1; touch /tmp/ready; echo db is up; exec sleep 1000']
    healthcheck: { test: [CMD, test, -f, /tmp/ready], interval: 1s, start_interval: 500ms, start_period: 60s }
    stop_grace_period: 0s
    volumes: [data:/data]
  web:
    build: .
    depends_on: { db: { condition: service_healthy } }
    stop_grace_period: 0s
    volumes: ['./live:/live']
  debug:
    image: ${image}
    command: [sleep, '1000']
    profiles: [debug]
    stop_grace_period: 0s
volumes:
  data:
`

/** A Compose project in a folder of its own, taken down with its volumes at the end of its scope. */
interface Project extends AsyncDisposable {
  folder: BuildFolder
  name: string
  compose(...args: string[]): Promise<string>
  /** Name and state of the project's containers. */
  states(): Promise<string[]>
}

async function openProject(files: Record<string, string>): Promise<Project> {
  const folder = await buildFolder(files)
  const name = uniqueName('proj')
  const compose = (...args: string[]): Promise<string> => dockerOk(['compose', '--progress', 'quiet', '-p', name, ...args], { cwd: folder.path, timeoutMs: 240_000 })
  return {
    folder,
    name,
    compose,
    states: async () => (await compose('ps', '-a', '--format', '{{.Service}} {{.State}}')).split('\n').toSorted(),
    async [Symbol.asyncDispose]() {
      await compose('--profile', '*', 'down', '-v', '--rmi', 'local')
      await folder[Symbol.asyncDispose]()
    },
  }
}

describe('a Compose project', () => {
  let project: Project

  beforeAll(async () => {
    project = await openProject({
      'compose.yaml': composeFile,
      Dockerfile: `FROM ${image}\nCOPY page.html /www/index.html\nCMD ["httpd", "-f", "-p", "80", "-h", "/www"]\n`,
      'page.html': 'first',
      'live/note': 'one',
    })
    return () => project[Symbol.asyncDispose]()
  })

  it('C17 up builds, waits for health before what depends on it, and leaves profiles alone', async () => {
    await project.compose('up', '-d')
    expect(await project.states()).toEqual(['db running', 'web running'])
    expect(await project.compose('ps', '--format', '{{.Service}} {{.Health}}')).toContain('db healthy')
    const [db, web] = [await startedAt(`${project.name}-db-1`), await startedAt(`${project.name}-web-1`)]
    const healthyAt = await dockerOk(['inspect', '-f', '{{(index .State.Health.Log 0).End.UTC}}', `${project.name}-db-1`])
    expect(healthyAt).not.toBe('')
    expect(web).toBeGreaterThan(db + 1000)
  })

  it('C17 exec, logs, and names between services', async () => {
    expect(await project.compose('exec', '-T', 'db', 'wget', '-qO-', 'http://web/')).toBe('first')
    expect(await project.compose('logs', '--no-log-prefix', 'db')).toBe('db is up')
  })

  it('C17 a folder beside compose.yaml is the same inside and outside', async () => {
    const note = join(project.folder.path, 'live', 'note')
    expect(await project.compose('exec', '-T', 'web', 'cat', '/live/note')).toBe('one')
    await writeFile(note, 'two')
    expect(await project.compose('exec', '-T', 'web', 'cat', '/live/note')).toBe('two')
    await project.compose('exec', '-T', 'web', 'sh', '-c', 'echo three > /live/note')
    expect(await readFile(note, 'utf8')).toBe('three\n')
  })

  it('C17 pause, unpause, stop, start, restart', async () => {
    await project.compose('pause', 'web')
    expect(await project.states()).toContain('web paused')
    await project.compose('unpause', 'web')
    expect(await project.states()).toContain('web running')
    await project.compose('stop')
    expect(await project.states()).toEqual(['db exited', 'web exited'])
    await project.compose('start')
    expect(await project.states()).toEqual(['db running', 'web running'])
    const before = await startedAt(`${project.name}-web-1`)
    await project.compose('restart', 'web')
    expect(await startedAt(`${project.name}-web-1`)).toBeGreaterThan(before)
  })

  it('C17 build takes up a changed file, a profile adds its service', async () => {
    await writeFile(join(project.folder.path, 'page.html'), 'second')
    await project.compose('build')
    await project.compose('--profile', 'debug', 'up', '-d')
    expect(await project.states()).toEqual(['db running', 'debug running', 'web running'])
    expect(await project.compose('exec', '-T', 'web', 'cat', '/www/index.html')).toBe('second')
  })

  it('C17 down keeps the volume, down -v removes it', async () => {
    const born = await project.compose('exec', '-T', 'db', 'cat', '/data/born')
    await project.compose('--profile', 'debug', 'down')
    expect(await project.states()).toEqual([''])
    expect(await volumes(project.name)).toEqual([`${project.name}_data`])
    await project.compose('up', '-d', 'db')
    expect(await project.compose('exec', '-T', 'db', 'cat', '/data/born')).toBe(born)
    await project.compose('down', '-v')
    expect(await volumes(project.name)).toEqual([''])
    expect(await dockerOk(['network', 'ls', '-q', '--filter', `label=com.docker.compose.project=${project.name}`])).toBe('')
  })
})

describe('a docker without plug-ins of its own', () => {
  it('finds compose and buildx after cove context use --plugins, and not after context rm', async () => {
    await using folder = await buildFolder({ 'config.json': '{}' })
    const env = { DOCKER_CONFIG: folder.path }
    await coveOk(['context', 'use', '--plugins'], { env })
    expect(await dockerOk(['compose', 'version'], { env })).toMatch(/^Docker Compose version/)
    expect(await dockerOk(['info', '-f', '{{range .ClientInfo.Plugins}}{{.Path}} {{end}}'], { env })).toContain(`${folder.path}/cli-plugins/docker-buildx`)
    await coveOk(['context', 'rm'], { env })
    expect((await listTree(folder.path)).map(({ path }) => path)).toEqual([folder.path, join(folder.path, 'config.json')])
  })
})

describe('images of a Compose project', () => {
  it('C17 push and pull through a registry', async () => {
    await using registry = await startGuestRegistry()
    const name = `${registry.address}/${uniqueName('app')}:v1`
    await using project = await openProject({
      'compose.yaml': `services:\n  app:\n    image: ${name}\n    build: .\n    command: [cat, /note]\n`,
      Dockerfile: `FROM ${image}\nRUN echo pulled > /note\n`,
    })
    await project.compose('build')
    await project.compose('push')
    await dockerOk(['rmi', name])
    await project.compose('pull')
    expect(await project.compose('run', '--rm', '-T', 'app')).toBe('pulled')
    await dockerOk(['rmi', name])
  })
})

async function startedAt(container: string): Promise<number> {
  return Date.parse(await dockerOk(['inspect', '-f', '{{.State.StartedAt}}', container]))
}

async function volumes(project: string): Promise<string[]> {
  return (await dockerOk(['volume', 'ls', '-q', '--filter', `label=com.docker.compose.project=${project}`])).split('\n')
}
