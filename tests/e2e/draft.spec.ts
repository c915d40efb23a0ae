// One person with a phone and a computer: a research report begun on one and continued on the other, both without a
// network at once; what both wrote is there, it is saved once, and no draft of it is left.
import {
  ARRIVES_MS,
  arrived,
  back,
  begin,
  goToEntries,
  input,
  password,
  row,
  rows,
  save,
  settle,
  signIn,
} from './hand.ts';
import { expect, test } from './law.ts';
import { look } from './sight.ts';
import { people } from './stage.ts';

const { secretary } = people;
const late = { timeout: ARRIVES_MS };

test('a report begun on the phone goes on at the computer, both offline at once, and is saved once', async ({
  stage,
  device,
}) => {
  const [phone, computer] = [device('phone'), device('computer')];
  const small = await settle(phone, secretary, { first: stage, tab: 'home' });
  const large = await computer.open({ size: { width: 1280, height: 800 }, mobile: false });
  await signIn(large, secretary, password);
  await arrived(large, 'home');

  await begin(small, 'research');
  await input(small, 'title').fill('关于养羊产业的调研');
  await input(small, 'body').fill('一、现状。');
  await back(small);

  await goToEntries(large);
  const there = large.getByTestId('drafts').getByTestId('entry-row');
  await expect(there).toContainText('关于养羊产业的调研', late);
  await there.click();
  await expect(input(large, 'body')).toHaveValue('一、现状。');
  await goToEntries(small);
  await small.getByTestId('drafts').getByTestId('entry-row').click();
  await expect(input(small, 'body')).toHaveValue('一、现状。');

  // Nobody has a network, and both write.
  await phone.setOffline(true);
  await computer.setOffline(true);
  await input(large, 'body').fill('一、现状。\n二、困难\n三、建议');
  await input(small, 'body').fill('一、全村现状。');
  await input(large, 'title').fill('养羊产业调研报告');
  await input(small, 'delivered_to').fill('乡党委');
  await input(small, 'title').fill('养羊调研');
  await expect(small.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept');
  await expect(large.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept');
  await phone.setOffline(false);
  await computer.setOffline(false);

  // What was written in different fields is on both forms, a long text as one, and of a short one that both wrote each shows
  // the other.
  for (const page of [small, large])
    await expect(input(page, 'body')).toHaveValue('一、全村现状。\n二、困难\n三、建议', late);
  await expect(input(large, 'delivered_to')).toHaveValue('乡党委', late);
  await expect(small.getByTestId('draft-other-title')).toBeVisible(late);
  await expect(large.getByTestId('draft-other-title')).toBeVisible(late);
  await look(small, 'form that another device wrote into');
  const other = await large.getByTestId('draft-other-title').locator('.value').textContent();
  await large.getByTestId('draft-use-title').click();
  await expect(large.getByTestId('draft-other-title')).toHaveCount(0);
  await back(large);
  await expect(input(small, 'title')).toHaveValue(other ?? '', late);
  await expect(small.getByTestId('draft-other-title')).toHaveCount(0, late);

  await save(small);
  await expect(row(small, other ?? '')).toContainText('已提交', late);
  await expect(small.getByTestId('drafts')).toHaveCount(0);
  await goToEntries(large);
  await expect(row(large, other ?? '')).toContainText('已提交', late);
  await expect(large.getByTestId('drafts')).toHaveCount(0, late);
  await expect(rows(large)).toHaveCount(1);
});

test('a form that stood open while its draft was saved or deleted elsewhere says so, and what it holds is not lost', async ({
  stage,
  device,
}) => {
  const [phone, computer] = [device('phone'), device('computer')];
  const small = await settle(phone, secretary, { first: stage, tab: 'home' });
  const large = await computer.open({ size: { width: 1280, height: 800 }, mobile: false });
  await signIn(large, secretary, password);
  await arrived(large, 'home');

  await begin(small, 'lesson');
  await input(small, 'topic').fill('学习精准扶贫政策');
  await back(small);
  await goToEntries(large);
  await large.getByTestId('drafts').getByTestId('entry-row').click(late);
  await goToEntries(small);
  await small.getByTestId('drafts').getByTestId('entry-row').click();
  await phone.setOffline(true);
  await input(small, 'main_points').fill('逐条讲了帮扶措施');
  await expect(small.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept');
  await save(large);
  await expect(row(large, '学习精准扶贫政策')).toContainText('已提交', late);
  await phone.setOffline(false);
  await expect(small.getByTestId('draft-where')).toContainText('记录里还没有的内容', late);
  await expect(small.getByTestId('field-topic')).toHaveCount(0);
  await expect(input(small, 'main_points')).toHaveValue('逐条讲了帮扶措施');
  await look(small, 'form of what an entry does not have');
  await save(small);
  await row(large, '学习精准扶贫政策').click();
  await expect(large.getByTestId('text-main_points')).toContainText('逐条讲了帮扶措施', late);

  await begin(small, 'lesson');
  await input(small, 'topic').fill('讨论低保名单');
  await expect(small.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept');
  await back(small);
  await goToEntries(small);
  await small.getByTestId('drafts').getByTestId('entry-row').click();
  await goToEntries(large);
  await large.getByTestId('drafts').getByTestId('entry-row').click(late);
  await large.getByTestId('draft-discard').click();
  await large.getByTestId('draft-discard-sure').click();
  await expect(small.getByTestId('draft-where')).toContainText('另一台设备上保存或删除', late);
  await look(small, 'form of a draft that is gone');
});
