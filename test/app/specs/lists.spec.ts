import { dockerId, listedContainer } from '../fixtures/docker-contents.ts'
import { test } from '../fixtures/docker.ts'
import { expect } from '../fixtures/app.ts'
import { look } from '../fixtures/look.ts'

test('containers are listed, chosen, narrowed down, and stay chosen while they change', async ({ app: { window, docker } }) => {
  await window.getByRole('link', { name: 'Containers' }).click()
  const grid = window.getByRole('grid', { name: 'Containers' })
  await expect(grid).toHaveAttribute('aria-rowcount', '9')
  const row = (name: string) => grid.getByRole('row').filter({ hasText: name })
  await expect(row('shop-worker-1')).toContainText('ended (137)')
  await expect(row('shop-web-1').getByRole('link', { name: '8080:80' })).toHaveAttribute('href', 'http://localhost:8080')
  await row('redis').locator('.cell.state').click()
  await row('importer').locator('.cell.state').click({ modifiers: ['ControlOrMeta'] })
  await expect(window.getByText('2 chosen')).toBeVisible()
  docker.containers.set(dockerId('newcomer'), listedContainer({ name: 'newcomer', image: 'busybox' }))
  docker.tell('start', dockerId('newcomer'))
  await expect(row('newcomer')).toBeVisible()
  docker.containers.delete(dockerId('importer'))
  docker.tell('destroy', dockerId('importer'))
  await expect(row('importer')).toHaveCount(0)
  await expect(window.getByText('1 chosen')).toBeVisible()
  await expect(row('redis')).toHaveAttribute('aria-selected', 'true')
  await row('redis').locator('.cell.state').click({ modifiers: ['ControlOrMeta'] })
  await window.getByRole('checkbox', { name: 'Only running' }).check()
  await expect(grid).toHaveAttribute('aria-rowcount', '8')
  await expect(window.getByRole('main').getByRole('status').filter({ hasText: '7 of 8' })).toBeVisible()
  await window.getByRole('searchbox', { name: 'Filter' }).fill('shop api')
  await expect(grid.getByRole('row')).toHaveCount(3)
  // What one looked for is still there after a look at something else.
  await window.getByRole('link', { name: 'Images' }).click()
  await expect(window.getByRole('grid', { name: 'Images' }).getByText('postgres:18')).toBeVisible()
  await window.keyboard.press('Alt+ArrowLeft')
  await expect(window.getByRole('searchbox', { name: 'Filter' })).toHaveValue('shop api')
  // Nothing is asked again because something happened.
  expect(docker.asked.filter((what) => what === 'all')).toHaveLength(1)
})

test('an object’s page says what it is and who uses it, and leads on to that', async ({ app: { window, docker } }) => {
  const heading = window.getByRole('heading', { level: 1 })
  await window.getByRole('link', { name: 'Volumes' }).click()
  const grid = window.getByRole('grid', { name: 'Volumes' })
  await expect(grid.getByRole('row').filter({ hasText: 'shop_db' }).locator('.cell.size')).toHaveText('40.1 MiB')
  await expect(grid.getByRole('row').filter({ hasText: dockerId('forgotten').slice(0, 12) }).locator('.cell.size')).toHaveText('')
  await window.getByRole('searchbox', { name: 'Filter' }).fill('shop')
  await expect(window.getByRole('main').getByRole('status').filter({ hasText: '1 of 3' })).toBeVisible()
  await window.getByRole('searchbox', { name: 'Filter' }).fill('')
  await expect(window.getByRole('main').getByRole('status').filter({ hasText: '3 items' })).toBeVisible()
  await grid.focus()
  await window.keyboard.type('shop')
  await window.keyboard.press('End')
  await window.keyboard.press('Enter')
  await expect(heading).toHaveText('shop_db')
  await window.getByRole('main').getByRole('link', { name: 'shop-db-1' }).click()
  await expect(heading).toHaveText('shop-db-1')
  await window.getByRole('tab', { name: 'Details' }).click()
  await expect(window.getByText('com.docker.compose.service')).toBeVisible()
  await window.getByRole('tab', { name: 'Mounts' }).click()
  await expect(window.getByRole('row', { name: '/data' })).toContainText('read and write')
  // A tab is no step of the way back.
  await window.keyboard.press('Alt+ArrowLeft')
  await expect(heading).toHaveText('shop_db')
  await window.keyboard.press('Alt+ArrowRight')
  await expect(window.getByRole('tab', { name: 'Mounts' })).toHaveAttribute('aria-selected', 'true')
  docker.containers.delete(dockerId('shop-db-1'))
  docker.tell('destroy', dockerId('shop-db-1'))
  await expect(window.getByText('This is not there any more.')).toBeVisible()
})

test('an image says what of its size is its own and what others have too', async ({ app: { window } }) => {
  await window.evaluate((id) => (location.hash = `#/images/sha256%3A${id}`), dockerId('postgres:18'))
  const facts = window.getByRole('main')
  await expect(facts).toContainText('Own size353 MiB')
  await expect(facts).toContainText('In layers shared with other images74.4 MiB')
})

test('every stream of a list ends when one leaves it, and the palette finds objects', async ({ app: { window } }) => {
  const streams = () => window.evaluate(() => Number(document.documentElement.dataset['streams']))
  const before = await streams()
  for (const screen of ['Containers', 'Projects', 'Images', 'Volumes', 'Networks']) {
    await window.getByRole('navigation').getByRole('link', { name: screen }).click()
    await expect(window.getByRole('grid', { name: screen }).getByRole('row').nth(1)).toBeVisible()
  }
  await window.keyboard.press('Control+k')
  await window.keyboard.type('shop')
  await expect(window.getByRole('option').filter({ hasText: 'shop_default' })).toContainText('Network')
  await expect(window.getByRole('option').filter({ hasText: 'shop-api-1' })).toContainText('Container')
  await window.keyboard.press('Escape')
  await window.getByRole('navigation').getByRole('link', { name: 'Overview' }).click()
  await expect.poll(streams).toBe(before)
})

test.describe('a Docker with nothing in it', () => {
  test.use({ isDockerEmpty: true })
  test('teaches what would be there', async ({ app: { window } }) => {
    await window.getByRole('link', { name: 'Containers' }).click()
    await expect(window.getByText('No containers yet')).toBeVisible()
    await expect(window.getByText('docker run -d -p 8080:80 nginx')).toBeVisible()
  })
})

test('a list in the smallest window needs no scrolling sideways, and says which columns it leaves out', async ({ app: { window } }) => {
  await window.setViewportSize({ width: 720, height: 480 })
  for (const screen of ['Containers', 'Projects', 'Images', 'Volumes', 'Networks', 'Builds', 'Activity']) {
    await window.getByRole('link', { name: screen }).first().click()
    const grid = window.getByRole('grid', { name: screen })
    await expect(grid.getByRole('columnheader').first()).toBeVisible()
    await expect.poll(() => grid.evaluate((element) => element.scrollWidth - element.clientWidth), screen).toBe(0)
    if (screen === 'Containers' || screen === 'Images') await look(window, `narrow-${screen.toLowerCase()}-light-en`)
  }
  await window.getByRole('link', { name: 'Containers' }).click()
  const headers = window.getByRole('grid', { name: 'Containers' }).getByRole('columnheader')
  await expect(headers.filter({ hasText: 'Ports' })).toBeVisible()
  await expect(headers.filter({ hasText: 'Created' })).toHaveCount(0)
  await window.getByRole('button', { name: 'Columns' }).click()
  await expect(window.getByText(/^The window is too narrow for: .*Memory, Created$/)).toBeVisible()
  await window.setViewportSize({ width: 1120, height: 740 })
  await expect(headers).toHaveText(['Name', 'State', 'Image', 'Ports', 'CPU', 'Memory', 'Created'])
  await expect(window.getByText('The window is too narrow for')).toHaveCount(0)
})
