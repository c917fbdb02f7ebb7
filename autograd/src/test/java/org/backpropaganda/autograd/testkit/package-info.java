/**
 * The laws that ops and modules obey, as JUnit tests to extend, and jqwik generators of shapes, windows and seeds.
 * Published as autograd's {@code testkit} jar.
 */
@NullMarked
package org.backpropaganda.autograd.testkit;

import org.jspecify.annotations.NullMarked;
