import { busyContainer, detailContainer, logContainer, logFrame } from '../fixtures/docker-container.ts'
import { dockerId } from '../fixtures/docker-contents.ts'
import { test } from '../fixtures/docker.ts'
import { expect } from '../fixtures/app.ts'
import { look } from '../fixtures/look.ts'

const lists = ['containers', 'projects', 'images', 'volumes', 'networks', 'builds']
const id = dockerId('shop-db-1')
const pages: Record<string, string> = {
  'container-logs': `containers/${id}/logs`,
  'container-stats': `containers/${id}/stats`,
  'container-inspect': `containers/${id}/inspect`,
  'container-environment': `containers/${id}/environment`,
  'container-details': `containers/${id}/details`,
  'container-mounts': `containers/${id}/mounts`,
  project: 'projects/shop',
  image: `images/sha256:${dockerId('postgres:18')}`,
  volume: 'volumes/shop_db',
  'image-layers': `images/sha256:${dockerId('postgres:18')}/layers`,
  network: `networks/${dockerId('shop_default')}`,
}

/** Every colour, on both streams. */
const colourfulLog = Array.from({ length: 60 }, (_, index) => logFrame(index % 7 === 6 ? 2 : 1, `\u001b[${30 + (index % 8)}mcolour ${index % 8}\u001b[0m \u001b[${90 + (index % 8)}mbright\u001b[0m \u001b[4${index % 8}m ground \u001b[0m \u001b[2mfaint\u001b[0m database system is ready to accept connections`, index))

for (const language of ['en', 'ko'] as const) {
  test(`axe finds nothing on any screen of Docker’s objects in ${language}, light and dark`, async ({ app: { window, engine, docker } }) => {
    test.slow()
    detailContainer(docker, 'shop-db-1', ['PATH=/usr/local/bin:/usr/bin', 'POSTGRES_PASSWORD=sup3rsecret-value', 'LANG=ko_KR.UTF-8'])
    docker.answer(`/images/sha256%3A${dockerId('postgres:18')}/json`, { Id: `sha256:${dockerId('postgres:18')}`, Config: {} })
    docker.answer(`/images/sha256%3A${dockerId('postgres:18')}/history`, [{ Id: 'x', Created: 1_760_000_000, CreatedBy: 'CMD ["postgres"]', Size: 0, Comment: '', Tags: ['postgres:18'] }, { Id: '<missing>', Created: 1_760_000_000, CreatedBy: '/bin/sh -c apt-get install postgresql', Size: 312_000_000, Comment: '', Tags: null }])
    logContainer(docker, 'shop-db-1', { printed: colourfulLog })
    busyContainer(docker, 'shop-db-1')
    await engine.parts.settings.set('desktop.language', language)
    for (const theme of ['light', 'dark'] as const) {
      await engine.parts.settings.set('desktop.theme', theme)
      await expect.poll(() => window.evaluate(() => `${document.documentElement.lang} ${matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'}`)).toBe(`${language} ${theme}`)
      for (const screen of lists) {
        await window.evaluate((to) => (location.hash = `#/${to}`), screen)
        await expect(window.getByRole('grid').getByRole('row').nth(1)).toBeVisible()
        await look(window, `${screen}-${theme}-${language}`)
      }
      // Contrast depends on the theme alone and names on the language alone: each page in each once.
      if ((language === 'en') !== (theme === 'light')) continue
      for (const [name, to] of Object.entries(pages)) {
        await window.evaluate((hash) => (location.hash = `#/${hash}`), to)
        await expect(window.getByRole('tabpanel')).toBeVisible()
        await expect(window.getByRole('tabpanel').locator('.log-empty, .spinner')).toHaveCount(0)
        // The project's files are not here, and it says so; nothing else may have failed.
        if (name !== 'project') await expect(window.getByRole('tabpanel').getByRole('alert')).toHaveCount(0)
        await look(window, `${name}-${theme}-${language}`)
      }
    }
  })
}
