import {
  cellsOf,
  expect,
  openNotebook,
  Panel,
  runAll,
  RunView,
  test
} from './panel';

test('star, name, tags and note survive a reload', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'notes.ipynb');
  const path = await openNotebook(
    page,
    tmpPath,
    'notes.ipynb',
    cellsOf('score = 0.93')
  );
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('score = 0.93'));

  await view.button('Star').click();
  await expect(view.button('Star')).toHaveAttribute('aria-pressed', 'true');
  await view.button('Rename').click();
  const name = view.root.getByRole('textbox', { name: 'Name of the run' });
  await name.fill('baseline');
  await name.press('Enter');
  await expect(view.name).toHaveText('baseline');
  await view.button('Add tag').click();
  const tag = view.root.getByRole('textbox', { name: 'New tag' });
  await tag.fill('team: vision');
  await tag.press('Enter');
  await expect(view.root.getByRole('listitem')).toContainText(['team: vision']);
  await view.button('Add note').click();
  await view.root
    .getByRole('textbox', { name: 'Note' })
    .fill('Best so far.\n<b>Not</b> bold.');
  await view.button('Save note').click();
  await expect(view.root).toContainText('<b>Not</b> bold.');

  // JupyterLab saves its layout a moment after each change.
  await page.waitForTimeout(2000);
  await page.reload();
  const restored = new RunView(page);
  await expect(restored.name).toHaveText('baseline');
  await panel.open();
  await panel.searchFor(`notebook:"${path}" tag.team:vision is:starred`);
  const line = panel.found.getByRole('treeitem');
  await expect(line).toHaveCount(1);
  await expect(line).toContainText('baseline');
  const again = await panel.openRun(line);
  await expect(again.name).toHaveText('baseline');
  await expect(again.root).toContainText('Best so far.');
  await expect(again.root.getByRole('listitem')).toContainText([
    'team: vision'
  ]);
  await expect(again.button('Star')).toHaveAttribute('aria-pressed', 'true');
});

test('the sidebar changes runs too, and open views follow', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'side.ipynb');
  await openNotebook(page, tmpPath, 'side.ipynb', cellsOf('left = 1'));
  await panel.open();
  await runAll(page);
  const line = panel.run('left = 1');
  const view = await panel.openRun(line);

  await panel.choose(line, 'Rename Run…');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('renamed at the side');
  await dialog.getByRole('button', { name: 'Save' }).click();

  await expect(panel.run('renamed at the side')).toBeVisible();
  await expect(view.name).toHaveText('renamed at the side');
});

test('a deleted run comes back by undo, from the sidebar and from its view', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'trash.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'trash.ipynb',
    cellsOf('keep = 1', 'throw_away = 2')
  );
  await panel.open();
  await runAll(page);
  await expect(panel.runs).toHaveCount(2);

  await panel.choose(panel.run('throw_away'), 'Delete Run');
  await expect(panel.runs).toHaveCount(1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(panel.runs).toHaveCount(2);

  const view = await panel.openRun(panel.run('throw_away'));
  await view.button('Delete').click();
  await expect(view.root).toContainText('This run was deleted');
  await expect(panel.runs).toHaveCount(1);
  await view.button('Undo').click();
  await expect(view.name).toHaveText('throw_away = 2');
  await expect(panel.runs).toHaveCount(2);
});
