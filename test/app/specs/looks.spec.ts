import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, test, untilLive } from '../fixtures/app.ts'

const pictures = join(import.meta.dirname, '..', 'screenshots')
const screens = ['overview', 'activity', 'disk', 'trouble', 'trouble/logs', 'trouble/diagnostics', 'trouble/reset', 'settings']

for (const language of ['en', 'ko']) {
  for (const theme of ['light', 'dark']) {
    test(`axe finds nothing on any screen in ${theme}, ${language}, and each has its picture`, async ({ home }) => {
      home.settings({ 'desktop.theme': theme, 'desktop.language': language })
      const { window } = await home.launch()
      await untilLive(window, language === 'en' ? 'Docker is off' : 'Docker가 꺼져 있습니다')
      const check = async (name: string): Promise<void> => {
        // All of it in view: axe does not take a label for one that is scrolled away.
        await window.setViewportSize({ width: 1120, height: 6000 })
        const { violations } = await new AxeBuilder({ page: window }).setLegacyMode().analyze()
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`), name).toEqual([])
        await window.setViewportSize({ width: 1120, height: 740 })
        await window.screenshot({ path: join(pictures, `${name.replace('/', '-')}-${theme}-${language}.png`) })
      }
      for (const screen of screens) {
        await window.evaluate((to) => (location.hash = `#/${to}`), screen)
        await expect(window.locator('main .spinner')).toHaveCount(0)
        await expect(window.locator('main').getByText(/^(Loading…|불러오는 중…)$/)).toHaveCount(0)
        await check(screen)
      }
      await window.keyboard.press('Control+k')
      await expect(window.getByRole('dialog').getByRole('option').first()).toBeVisible()
      await check('palette')
    })
  }
}
