import { registerAddresses } from './addresses';
import { registerComprehensions } from './comprehensions';
import { registerFormats } from './formats';
import { LIST_METHODS, registerLists } from './lists';
import { registerMathematics } from './mathematics';
import { registerOptionals } from './optionals';
import { registerQuantities } from './quantities';
import { Registration } from './register';
import { registerStrings, STRING_METHODS } from './strings';
import { registerUrls } from './urls';
import { registerVersions } from './versions';

/** Methods of the library below that stand in for ones of the engine's, under their prefix. */
export const LIBRARY_METHODS = [...LIST_METHODS, ...STRING_METHODS];

/**
 * Adds what Kubernetes adds to CEL, and the extensions of cel-go it switches on. A function that is not
 * here is a compile error, so a policy that needs one fails to load instead of passing.
 */
export function registerLibrary(registration: Registration) {
  registerQuantities(registration);
  registerLists(registration);
  registerStrings(registration);
  registerMathematics(registration);
  registerAddresses(registration);
  registerUrls(registration);
  registerVersions(registration);
  registerFormats(registration);
  registerOptionals(registration);
  registerComprehensions(registration);
}
