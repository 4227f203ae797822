import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { linkPlugins, ownPlugins, unlinkPlugins } from '#engine/context/cli-plugins.ts'

/** A folder like resources/bin/<platform> with plug-ins that answer docker, and an empty docker configuration. */
function folders(): { bundled: string; config: string } {
  const base = mkdtempSync(join(tmpdir(), 'cove-plug-'))
  const bundled = join(base, 'resources', 'bin', 'linux-amd64')
  mkdirSync(join(bundled, 'cli-plugins'), { recursive: true })
  for (const name of ['docker-buildx', 'docker-compose']) writeFileSync(join(bundled, 'cli-plugins', name), `#!/bin/sh\necho ${name}\n`, { mode: 0o755 })
  mkdirSync(join(base, 'config'))
  return { bundled, config: join(base, 'config') }
}

describe("links to docker's plug-ins", () => {
  test('lead to ours and are taken back, folder and all', async () => {
    const { bundled, config } = folders()
    const links = await linkPlugins(config, bundled)
    expect(links.map(({ name, isOurs }) => [name, isOurs])).toEqual([['docker-buildx', true], ['docker-compose', true]])
    expect(execFileSync(join(config, 'cli-plugins', 'docker-compose'), { encoding: 'utf8' })).toBe('docker-compose\n')
    expect(await ownPlugins(config)).toHaveLength(2)
    await unlinkPlugins(config)
    expect(existsSync(join(config, 'cli-plugins'))).toBe(false)
  })

  test('leave the user\'s own plug-in and links alone', async () => {
    const { bundled, config } = folders()
    mkdirSync(join(config, 'cli-plugins'))
    writeFileSync(join(config, 'cli-plugins', 'docker-compose'), 'theirs')
    symlinkSync('/opt/elsewhere/docker-buildx', join(config, 'cli-plugins', 'docker-buildx'))
    expect((await linkPlugins(config, bundled)).map(({ isOurs }) => isOurs)).toEqual([false, false])
    await unlinkPlugins(config)
    expect(readFileSync(join(config, 'cli-plugins', 'docker-compose'), 'utf8')).toBe('theirs')
    expect(readlinkSync(join(config, 'cli-plugins', 'docker-buildx'))).toBe('/opt/elsewhere/docker-buildx')
  })

  test('of a Cove that has moved are renewed', async () => {
    const { bundled, config } = folders()
    mkdirSync(join(config, 'cli-plugins'))
    symlinkSync('/gone/resources/bin/linux-amd64/cli-plugins/docker-compose', join(config, 'cli-plugins', 'docker-compose'))
    await linkPlugins(config, bundled)
    expect(readlinkSync(join(config, 'cli-plugins', 'docker-compose'))).toBe(join(bundled, 'cli-plugins', 'docker-compose'))
  })

  test('that cannot be made say so and name the other way', async () => {
    const { bundled, config } = folders()
    writeFileSync(join(config, 'cli-plugins'), 'a file')
    await expect(linkPlugins(config, bundled)).rejects.toMatchObject({ code: 'file.unwritable', hint: expect.stringContaining('cliPluginsExtraDirs') })
  })
})
