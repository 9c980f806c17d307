import { cellsOf, expect, openNotebook, Panel, runAll, test } from './panel';

/** Writes files of several kinds, some of them hostile, and keeps them with the run. */
const MAKE = `import pathlib
import dsinfra_jlab as dsinfra
drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>window.attacked = 1</script><rect width="40" height="20" fill="teal"/></svg>'
files = {
    "plots/shape.svg": drawing,
    "table.csv": "name,score\\n" + "\\n".join(f"run {i},{i / 10}" for i in range(200)),
    "conf.json": '{"depth": {"trees": 3}}',
    "page.html": "<img src=x onerror='window.attacked = 2'>",
    "long.txt": "a line of a long text\\n" * 40_000,
    "model.bin": "0" * 1000,
}
for name, text in files.items():
    path = pathlib.Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    dsinfra.log_artifact(name, name=name)`;

test('artifacts are listed, previewed as pictures and text, and downloaded', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'files.ipynb');
  await openNotebook(page, tmpPath, 'files.ipynb', cellsOf(MAKE));
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('import pathlib'));
  await view.tab('Artifacts').click();
  const list = view.root.getByRole('tabpanel');
  await expect(list).toContainText('6 files');

  const picture = list.getByRole('img', { name: 'plots/shape.svg' });
  await list.getByRole('button', { name: 'shape.svg', exact: true }).click();
  await expect(picture).toBeVisible();
  await expect
    .poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth))
    .toBe(40);

  await list.getByRole('button', { name: 'table.csv', exact: true }).click();
  const table = list.getByRole('table', { name: 'table.csv' });
  await expect(table.getByRole('columnheader')).toHaveText(['name', 'score']);
  await expect(table.getByRole('row')).toHaveCount(50);

  await list.getByRole('button', { name: 'conf.json', exact: true }).click();
  await expect(list).toContainText('"trees": 3');
  await list.getByRole('button', { name: 'page.html', exact: true }).click();
  await expect(list).toContainText("<img src=x onerror='window.attacked = 2'>");
  await list.getByRole('button', { name: 'long.txt', exact: true }).click();
  await expect(list).toContainText('Only the first 256 kB of 880 kB are shown');

  // What has no preview can be kept all the same.
  await expect(
    list.getByRole('button', { name: 'model.bin', exact: true })
  ).toHaveCount(0);
  const download = page.waitForEvent('download');
  await list.getByRole('button', { name: 'Download model.bin' }).click();
  expect((await download).suggestedFilename()).toBe('model.bin');

  const attacked = await page.evaluate(
    () => (window as { attacked?: number }).attacked
  );
  expect(attacked).toBeUndefined();
});

test('data is listed with who saw it; a run without any says so', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'sources.ipynb');
  await page.contents.uploadContent('1,2\n', 'text', `${tmpPath}/source.csv`);
  await openNotebook(
    page,
    tmpPath,
    'sources.ipynb',
    cellsOf('text = open("source.csv").read()', 'nothing = 1')
  );
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('text ='));
  await view.tab('Data').click();
  const row = view.root
    .getByRole('table', { name: 'Data' })
    .getByRole('row')
    .filter({ hasText: 'source.csv' });
  await expect(row).toContainText('read');
  await expect(row).toContainText('4 B');
  await expect(
    row.getByRole('button', { name: 'Copy the digest' })
  ).toBeVisible();
  await expect(view.root).toContainText(/Watched: .*audit/);

  const other = await panel.openRun(panel.run('nothing = 1'));
  await expect(other.root).toContainText('No data was touched');
  await other.tab('Artifacts').click();
  await expect(other.root).toContainText('No artifacts');
});
