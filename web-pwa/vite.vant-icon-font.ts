// Takes Vant's icon font out of its stylesheet. Vant ships it as a `data:` address with a foreign host as the second
// choice; the content security policy allows neither, so the font becomes a file beside our own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Plugin } from 'vite';

const stylesheet = /\/vant\/(?:es|lib)\/icon\/index\.css$/;
const source = /src:url\("?data:font\/woff2;[^,]*,([^)"]+)"?\)[^;}]*/;

export function vantIconFont(): Plugin {
  let cache: string;
  return {
    name: 'vant-icon-font',
    enforce: 'pre',
    configResolved(config) {
      cache = join(config.root, 'node_modules/.cache/vant');
    },
    transform(css, id) {
      const file = id.split('?')[0] ?? id;
      if (!stylesheet.test(file)) return null;
      const base64 = source.exec(css)?.[1];
      if (base64 === undefined) throw new Error(`${file}: the embedded icon font is not where it was in Vant 4.10`);
      mkdirSync(cache, { recursive: true });
      const font = join(cache, 'vant-icon.woff2');
      writeFileSync(font, Buffer.from(base64, 'base64'));
      return { code: css.replace(source, `src:url("${relative(dirname(file), font)}") format("woff2")`), map: null };
    },
  };
}
