package org.backpropaganda.checkpointing.compress;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Names that belong together. */
final class NameGroups {
    private final Map<SavedName, Set<SavedName>> groups = new LinkedHashMap<>();

    /** Puts two names, and all that belong to either, into one group. */
    void join(SavedName name, SavedName other) {
        Set<SavedName> into = groups.computeIfAbsent(other, NameGroups::alone);
        Set<SavedName> from = groups.computeIfAbsent(name, NameGroups::alone);
        if (into != from) {
            into.addAll(from);
            from.forEach(each -> groups.put(each, into));
        }
    }

    private static Set<SavedName> alone(SavedName name) {
        Set<SavedName> group = new LinkedHashSet<>();
        group.add(name);
        return group;
    }

    /** The group of a name. */
    Set<SavedName> of(SavedName name) {
        return Objects.requireNonNull(groups.get(name));
    }
}
