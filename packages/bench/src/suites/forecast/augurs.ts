import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Baseline } from './baselines';

/**
 * The automatic models of `@bsull/augurs`: MSTL with an AutoETS trend where the series is seasonal,
 * AutoETS elsewhere. Its last value stands in where a model cannot be fitted.
 *
 * @throws when this runtime cannot load the library's WebAssembly modules.
 */
export async function loadAugurs(): Promise<Baseline> {
  const { MSTL, initSync: initMstl } = await import('@bsull/augurs/mstl');
  const { AutoETS, initSync: initEts } = await import('@bsull/augurs/ets');
  const folder = dirname(require.resolve('@bsull/augurs/mstl'));
  initMstl({ module: await readFile(join(folder, 'mstl_bg.wasm')) });
  initEts({ module: await readFile(join(folder, 'ets_bg.wasm')) });
  return (values, horizon, season) => {
    const model = season > 1 ? MSTL.ets([season]) : new AutoETS(1, 'ZZN');
    try {
      model.fit(values);
      return Float64Array.from(model.predict(horizon).point);
    } catch {
      return new Float64Array(horizon).fill(values[values.length - 1]);
    } finally {
      model.free();
    }
  };
}
