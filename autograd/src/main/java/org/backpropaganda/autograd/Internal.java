package org.backpropaganda.autograd;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A type that is public for the library's own modules alone: it may change or vanish in any version, and nothing else may use it.
 * Ops of one's own compute with {@link org.backpropaganda.autograd.kernel.HostLoop}.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface Internal {}
