import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Arch, build, Platform } from 'electron-builder'
import { build as buildSources } from './build.ts'
import { checkout } from './checkout.ts'
import { canFlipFuses, packageConfig, packagePlatforms, type PackagePlatform } from './package/config.ts'

const targets = { linux: Platform.LINUX, win32: Platform.WINDOWS, darwin: Platform.MAC }

/**
 * Lays out the app for one system as a folder below dist/package: `node scripts/package.ts [linux|win32|darwin] [electron folder]`.
 * Nothing is downloaded when a folder with Electron's files is named.
 */
async function main([name = process.platform, electronDist]: readonly string[]): Promise<void> {
  const platform = packagePlatforms.find((each) => each === name) as PackagePlatform | undefined
  if (platform === undefined) throw new Error(`There is no system "${name}": use ${packagePlatforms.join(', ')}.`)
  await buildSources()
  const hasFuses = electronDist === undefined || canFlipFuses(electronDist)
  if (!hasFuses) console.log(`"${electronDist}" holds no Electron with fuses: they stay as they are.`)
  const config = packageConfig({ platform, arch: 'x64', hasFuses, ...(electronDist === undefined ? {} : { electronDist }) })
  for (const { from } of config.extraResources) if (!existsSync(join(checkout, from))) throw new Error(`"${from}" is missing: it goes into the app for ${platform}.`)
  await build({ targets: targets[platform].createTarget('dir', Arch.x64), projectDir: checkout, publish: 'never', config })
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
