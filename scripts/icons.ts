import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser } from '@playwright/test'
import { checkout } from './checkout.ts'
import { makeIcns, makeIco, type IconImage } from './icons/containers.ts'

const folder = join(checkout, 'resources', 'icons')

/** Draws one of our SVG files at a size in pixels. */
async function draw(browser: Browser, name: string, size: number): Promise<IconImage> {
  await using page = await browser.newPage({ viewport: { width: size, height: size } })
  const svg = await readFile(join(folder, `${name}.svg`), 'utf8')
  await page.setContent(`<style>html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`)
  return { size, png: await page.screenshot({ omitBackground: true }) }
}

/** Makes every icon file anew from the SVG files beside them: `node scripts/icons.ts`, after an SVG was changed. */
async function main(): Promise<void> {
  await using browser = await chromium.launch({ executablePath: '/usr/bin/chromium' })
  const app: IconImage[] = []
  for (const size of [16, 32, 48, 64, 128, 256, 512, 1024]) app.push(await draw(browser, 'app', size))
  for (const { size, png } of app) if (size === 256 || size === 512) await writeFile(join(folder, `app-${size}.png`), png)
  await writeFile(join(folder, 'app.ico'), makeIco(app.filter(({ size }) => size <= 256)))
  await writeFile(join(folder, 'app.icns'), makeIcns(app))
  await writeFile(join(folder, 'tray.png'), (await draw(browser, 'tray', 22)).png)
  await writeFile(join(folder, 'tray@2x.png'), (await draw(browser, 'tray', 44)).png)
  // macOS takes the name's ending for a mark: drawn in the menu bar's own colour.
  await writeFile(join(folder, 'trayTemplate.png'), (await draw(browser, 'tray-template', 18)).png)
  await writeFile(join(folder, 'trayTemplate@2x.png'), (await draw(browser, 'tray-template', 36)).png)
}

await main()
