/**
 * The laws that ops and modules obey, as JUnit tests to extend, and jqwik generators of shapes, windows and seeds.
 * Published as {@code backpropaganda-testkit}, which brings JUnit, jqwik, AssertJ and ArchUnit.
 */
@NullMarked
package org.backpropaganda.autograd.testkit;

import org.jspecify.annotations.NullMarked;
