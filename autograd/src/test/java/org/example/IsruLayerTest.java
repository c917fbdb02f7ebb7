package org.example;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.backpropaganda.autograd.testkit.Input.in;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.stream.Stream;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.junit.jupiter.api.Test;

class IsruLayerTest extends ModuleContract {
    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of("rows", factory -> new IsruLayer(factory, 4, 3), in(5, 4)),
                ModuleCase.of("sequence", factory -> new IsruLayer(factory, 4, 2), in(2, 3, 4)));
    }

    /** An op and a layer need nothing that is the library's own. */
    @Test
    void usesNothingInternal() {
        noClasses()
                .that()
                .haveFullyQualifiedName(Isru.class.getName())
                .or()
                .haveFullyQualifiedName(IsruLayer.class.getName())
                .should()
                .dependOnClassesThat()
                .areAnnotatedWith(Internal.class)
                .check(new ClassFileImporter().importClasses(Isru.class, IsruLayer.class));
    }
}
