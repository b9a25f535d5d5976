import { defineConfig } from 'orval';

export default defineConfig({
  thidua: {
    input: './openapi.json',
    output: {
      target: './generated/orval/client.ts',
      schemas: './generated/orval/model',
      client: 'fetch',
      mode: 'tags-split',
      clean: true,
      headers: true,
      override: { mutator: { path: './orval-send.ts', name: 'send' } },
    },
  },
});
