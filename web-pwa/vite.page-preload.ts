// Has the browser fetch the page's scripts and styles at once, while the entry, which starts the core, is small and runs
// before them.
import type { HtmlTagDescriptor, Plugin } from 'vite';

export function preloadPage(): Plugin {
  return {
    name: 'preload-page',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const entry = chunks.find(({ isEntry }) => isEntry);
        const page = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith('/src/page.ts'));
        if (page === undefined || entry === undefined) throw new Error('the page is not a chunk of its own');
        const known = new Set([entry.fileName, ...entry.imports]);
        const scripts = new Set([page]);
        // A set grows while it is gone through.
        for (const { imports } of scripts)
          for (const chunk of chunks)
            if (imports.includes(chunk.fileName) && !known.has(chunk.fileName)) scripts.add(chunk);
        const styles = new Set([...scripts].flatMap(({ viteMetadata }) => Array.from(viteMetadata?.importedCss ?? [])));
        return [
          ...[...scripts].map(({ fileName }) =>
            link({ rel: 'modulepreload', crossorigin: true, href: `/${fileName}` }),
          ),
          ...[...styles].map((href) => link({ rel: 'preload', as: 'style', crossorigin: true, href: `/${href}` })),
        ];
      },
    },
  };
}

function link(attrs: HtmlTagDescriptor['attrs']): HtmlTagDescriptor {
  return { tag: 'link', attrs, injectTo: 'head' };
}
