package org.backpropaganda.autograd.testkit.random;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Lists that differ from another in one element. */
final class Lists {
    private Lists() {}

    /** Those that lack one. */
    static <T> List<List<T>> shorter(List<T> all) {
        return IntStream.range(0, all.size())
                .mapToObj(i -> {
                    List<T> rest = new ArrayList<>(all);
                    rest.remove(i);
                    return List.copyOf(rest);
                })
                .toList();
    }

    /** Those that have another one in its place. */
    static <T> Stream<List<T>> replaced(List<T> all, Function<T, Stream<? extends T>> others) {
        return IntStream.range(0, all.size())
                .boxed()
                .flatMap(i -> others.apply(all.get(i)).map(other -> {
                    List<T> changed = new ArrayList<>(all);
                    changed.set(i, other);
                    return List.copyOf(changed);
                }));
    }
}
