// Types that come from the tools, for the worker: Vite's asset imports.
/// <reference types="vite/client" />
