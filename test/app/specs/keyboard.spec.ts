import { expect, test, untilLive } from '../fixtures/app.ts'

test('everything is reached by keyboard: palette, screens, back and forward', async ({ home }) => {
  const { window } = await home.launch()
  await untilLive(window)
  const heading = window.getByRole('heading', { level: 1 })
  await window.keyboard.press('Control+k')
  const palette = window.getByRole('combobox', { name: 'Command palette' })
  await expect(palette).toBeFocused()
  await palette.fill('act')
  await expect(window.getByRole('option').first()).toHaveText(/Activity/)
  await window.keyboard.press('Enter')
  await expect(heading).toHaveText('Activity')
  await expect(heading).toBeFocused()
  await window.keyboard.press('Control+k')
  await window.keyboard.type('memory')
  await window.keyboard.press('Enter')
  await expect(window.getByRole('spinbutton', { name: 'Memory' })).toBeFocused()
  await window.keyboard.press('Alt+ArrowLeft')
  await expect(heading).toHaveText('Activity')
  await window.keyboard.press('Alt+ArrowRight')
  await expect(heading).toHaveText('Settings')
  await window.keyboard.press('Control+k')
  await window.keyboard.type('no such thing')
  await expect(window.getByText('Nothing matches.')).toBeVisible()
  await window.keyboard.press('Escape')
  await expect(palette).toBeHidden()
})

test('Tab walks through every control of a screen and shows where it is', async ({ home }) => {
  const { window } = await home.launch()
  await untilLive(window)
  const names: string[] = []
  for (let step = 0; step < 30; step++) {
    await window.keyboard.press('Tab')
    // Past the last control the browser's own would follow.
    if (await window.evaluate(() => document.activeElement === document.body)) break
    const { name, isMarked } = await window.evaluate(() => {
      const element = document.activeElement as HTMLElement
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      return { name: (element.getAttribute('aria-label') ?? element.textContent ?? '').trim(), isMarked: outlineStyle !== 'none' && outlineWidth !== '0px' }
    })
    expect(isMarked, `focus on "${name}" cannot be seen`).toBe(true)
    names.push(name)
  }
  expect(names).toEqual(expect.arrayContaining(['Skip to content', 'Overview', 'Activity', 'Disk', 'Trouble', 'Settings', 'Start Docker']))
  expect(names.filter((name) => name === 'Overview')).toHaveLength(1)
})

test('text of twice the size, a narrow window and reduced motion are borne', async ({ home }) => {
  const { window } = await home.launch()
  await untilLive(window)
  for (const screen of ['overview', 'activity', 'disk', 'trouble', 'settings']) {
    await window.evaluate((name) => (location.hash = `#/${name}`), screen)
    // As Chromium does it for the system's text size.
    await window.evaluate(() => (document.documentElement.style.fontSize = '162.5%'))
    await window.setViewportSize({ width: 720, height: 480 })
    await expect(window.getByRole('heading', { level: 1 })).toBeVisible()
    const overflow = await window.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow, `${screen} is wider than the window`).toBeLessThanOrEqual(0)
  }
  await window.emulateMedia({ reducedMotion: 'reduce' })
  const moving = await window.evaluate(() => document.getAnimations().filter((animation) => Number(animation.effect?.getComputedTiming().duration) > 0).length)
  expect(moving).toBe(0)
})
