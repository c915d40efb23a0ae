// How tables of households are headed and filled in: the words of the lists that are in use, beside those of the screens.
import type { Field, FieldValue } from '../host/client';
import { choiceText, fieldText } from './label';

const HEADINGS: Record<string, string[]> = {
  head: ['户主姓名', '户主', '姓名'],
  group: ['组别', '组', '村民小组', '村组', '自然村'],
  number: ['户编号', '编号', '户号', '建档立卡户编号'],
  members: ['家庭人口', '人口', '人数', '家庭人口数', '人口数'],
  household_kind: ['户类型', '户属性', '贫困户属性', '农户属性', '贫困户类型'],
  monitoring: ['监测类型', '监测类别', '监测对象类别', '监测对象类型'],
  cause: ['主要致贫原因', '致贫原因', '主要返贫原因'],
  other_causes: ['其他致贫原因', '次要致贫原因'],
  status: ['脱贫状态', '状态', '贫困状态', '脱贫属性'],
  support: ['帮扶措施', '主要帮扶措施'],
  helper: ['帮扶责任人', '帮扶人', '帮扶干部', '帮扶责任人姓名', '结对帮扶干部'],
  standing: ['登记情况'],
};
const ALSO: Record<string, Record<string, string[]>> = {
  household_kind: {
    general: ['一般贫困户', '一般农户', '一般脱贫户', '一般户'],
    subsistence: ['低保户', '低保贫困户', '低保脱贫户', '低保'],
    destitute: ['五保户', '特困', '特困户', '特困供养户', '五保'],
  },
  monitoring: { none: ['无', '否', '非监测对象'], sudden: ['突发严重困难户', '突发困难户'] },
  status: { poor: ['贫困', '未脱贫户', '未脱贫'], lifted: ['脱贫', '已脱贫户', '脱贫户'], returned: ['返贫户'] },
};

/** A cell as it is compared: without spaces, line breaks, marks, and what stands in brackets. */
function bare(text: string): string {
  return text.replace(/[（(［[].*?[）)］\]]/g, '').replace(/[\s*＊:：]/g, '');
}

function isFor(field: string, cell: string): boolean {
  const name = bare(cell);
  return name !== '' && (HEADINGS[field]?.includes(name) === true || name === bare(fieldText(field)));
}

export interface Headed {
  /** The field of each column; undefined where it is none of ours. */
  columns: (string | undefined)[];
  /** The rows below the headings, with their number in the table. */
  rows: { line: number; cells: string[] }[];
  /** Headings of columns that are not taken. */
  left: string[];
}

const SEARCHED_ROWS = 12;

/** Finds the row of headings; undefined where none names the head of the household. */
export function headed(table: string[][], fields: Field[]): Headed | undefined {
  const at = table.slice(0, SEARCHED_ROWS).findIndex((cells) => cells.some((cell) => isFor('head', cell)));
  const headings = table[at];
  if (headings === undefined) return undefined;
  const taken = new Set<string>();
  const columns = headings.map((cell) => {
    const field = fields.find(({ name }) => !taken.has(name) && isFor(name, cell))?.name;
    if (field !== undefined) taken.add(field);
    return field;
  });
  const left = headings.filter((cell, column) => columns[column] === undefined && cell.trim() !== '');
  const rows = table.slice(at + 1).map((cells, index) => ({ line: at + index + 2, cells }));
  return { columns, rows: rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== '')), left };
}

function code(field: Field & { codes: string[] }, cell: string): string {
  const text = bare(cell);
  const is = (one: string) => {
    const word = choiceText(field.name, one);
    return [word, `因${word}`, ...(ALSO[field.name]?.[one] ?? [])].map(bare).includes(text);
  };
  return field.codes.find(is) ?? cell.trim();
}

/** What a cell says, as the core takes it; what it does not know it refuses by its own rules. */
export function cellValue(field: Field, cell: string): FieldValue {
  const text = cell.trim();
  if (text === '') return '';
  switch (field.type) {
    case 'number': {
      const digits = /^(\d+)\s*[人口]*$/.exec(text)?.[1];
      return digits === undefined ? text : Number(digits);
    }
    case 'choice':
      return code(field, text);
    case 'choices': {
      const words = text.split(/[、,，;；/\s]+/).filter((word) => word !== '');
      return [...new Set(words.map((word) => code(field, word)))].join(' ');
    }
    default:
      return text;
  }
}
