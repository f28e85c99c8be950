package archive

// The words of the world, as the demo model learned them: another word is one it has never seen.

// women are the first names that go with She.
const women = `Ada Agnes Alma Amara Anika Astrid Aurora Beatrix Bianca Birgit Camila Carmen Celia Chiara Clara Dalia Daphne
Edith Elena Elsa Esme Fatima Fiona Flora Freya Gemma Greta Hana Hazel Helga Ida Imani Ines Ingrid Irene Isla
Ivy Jasmin Joana Josefa Judith Kaori Karin Katya Keiko Lara Leila Lena Leonor Linnea Livia Lotte Lucia Luna
Mabel Maeve Maja Mara Margot Marisol Maya Mei Mira Mona Nadia Naomi Nina Noor Nora Odile Olga Ottilie Paloma
Petra Priya Ramona Renata Rhea Rosa Ruth Sabine Safiya Sanna Selma Sigrid Silvia Simone Soraya Stella Svea
Tamsin Tessa Thea Tilda Uma Ursula Valeria Vera Viola Wanda Xenia Yara Yuki Zara Zelda Zoe`

// men are the first names that go with He.
const men = `Aaron Abel Akira Alaric Amir Anders Anton Arlo Axel Basil Benno Boris Bruno Caleb Casper Cedric Cyrus Dario
Desmond Diego Dmitri Edgar Elias Emil Enzo Ernst Ezra Fabian Felix Finn Florian Gideon Gustav Hamid Hannes
Harvey Hector Henrik Hugo Ibrahim Igor Ivan Jasper Joel Jonas Juan Julius Kaito Karim Kasimir Klaus Lars Leo
Levi Linus Lorenzo Louis Lukas Magnus Malik Marco Marius Mateo Milo Moritz Nestor Niels Nikolai Oliver Omar
Orson Oscar Otto Pablo Pascal Pavel Piet Quentin Rafael Ravi Remy Rolf Roman Rufus Samir Sandro Sergei Silas
Simon Stefan Sven Tariq Theo Tobias Tomas Ulrich Umberto Victor Viktor Walter Wim Xavier Yann Yusuf Zeno`

// lasts are the family names.
const lasts = `Abbott Alder Arden Ashby Barlow Becker Bell Berg Birch Blythe Bolt Brandt Brook Burke Calder Carver Castle
Chase Clay Cole Cross Dale Darrow Dean Drake Dunn Eaton Ellis Falk Fenn Field Finch Flint Ford Foss Frost Gale
Gray Grove Hale Hall Hart Hayes Heath Holt Hood Hurst Inger Jagger Jarvis Keane Kerr Kling Knox Lake Lane Lark
Linden Locke Lund Marsh Mercer Moss Nash North Oakes Olsen Page Park Pike Poole Quill Rand Reed Rhodes Ridge
Roth Rowe Sage Sharp Shaw Slate Snow Stark Stone Storm Swan Tate Thorne Vale Vance Wade Ward Webb Wells West
Wilde Winter Wolfe Wren York`

// aliases are the nicknames, used behind "the".
const aliases = `Falcon Lantern Compass Badger Needle Harbour Thistle Raven Anchor Ember Willow Marble Bishop Comet Copper
Saffron Walnut Beacon Cinder Dagger Feather Granite Hollow Jackal Kettle Lynx Magpie Nettle Otter Pebble
Quiver Rocket Sparrow Tulip Urchin Velvet Wagtail Yarrow Zephyr Acorn`

// cities are values of the attribute city.
const cities = `Lisbon Oslo Cairo Lima Quito Hanoi Kyoto Osaka Seoul Delhi Mumbai Dakar Accra Lagos Nairobi Tunis Rabat Athens
Rome Milan Turin Naples Venice Vienna Prague Warsaw Krakow Gdansk Riga Tallinn Vilnius Helsinki Bergen Malmo
Aarhus Hamburg Bremen Dresden Leipzig Munich Zurich Geneva Basel Lyon Nice Lille Nantes Dublin Cork Leeds York
Bath Porto Braga Madrid Seville Bilbao Havana Bogota Santiago Toronto Montreal Boston Denver Austin Seattle
Portland Phoenix Sydney Perth Auckland Manila Jakarta Taipei Almaty Tbilisi Yerevan Ankara Izmir Beirut Amman
Muscat Doha`

// jobs are values of the attribute job.
const jobs = `baker carpenter glassblower welder surgeon nurse pilot sailor tailor potter painter sculptor librarian
translator plumber gardener beekeeper blacksmith florist jeweller locksmith mechanic midwife miner novelist
optician pharmacist photographer poet printer botanist geologist chemist judge lawyer teacher tutor weaver
barber butcher cobbler conductor dancer dentist diver farmer fisher firefighter journalist magician musician
shepherd singer surveyor roofer ranger`

// pets are values of the attribute pet.
const pets = `parrot ferret tortoise hamster rabbit canary goldfish gecko iguana hedgehog pony goat llama donkey kitten
puppy terrier beagle poodle spaniel greyhound cockatoo finch pigeon falcon owl chinchilla lizard newt frog
crab snail`

// instruments are values of the attribute instrument.
const instruments = `cello violin viola harp flute oboe clarinet bassoon trumpet trombone tuba guitar banjo mandolin lute piano
organ accordion harmonica saxophone drums marimba sitar zither ukulele fiddle bagpipes`

// foods are values of the attribute food.
const foods = `lentils dumplings ramen sushi tacos paella risotto gnocchi ravioli lasagne pancakes waffles pretzels falafel
hummus curry goulash borscht pierogi kimchi noodles porridge muffins olives figs dates plums cherries apricots
mangoes papaya walnuts almonds chestnuts mushrooms asparagus artichokes spinach radishes`

// drinks are values of the attribute drink.
const drinks = `tea coffee cocoa cider lemonade milk juice espresso matcha ginger`

// colors go in front of vehicles.
const colors = `red blue green yellow black white silver orange purple brown golden grey`

// vehicles are, with a color each, values of the attribute vehicle.
const vehicles = `van truck bicycle scooter tractor minibus sedan jeep motorbike tram wagon kayak canoe sailboat trailer moped`

// sports are values of the attribute sport.
const sports = `fencing rowing judo archery boxing cycling swimming climbing surfing skating tennis squash badminton cricket
rugby hockey handball volleyball wrestling sprinting sailing diving karate chess golf`

// languages are values of the attribute lang.
const languages = `Danish Finnish Polish Czech Greek Turkish Arabic Hebrew Hindi Tamil Bengali Swahili Zulu Korean Japanese Thai
Vietnamese Malay Icelandic Irish Welsh Catalan Basque Latvian Estonian Hungarian Georgian Armenian Persian
Dutch`

// companies are values of the attribute company.
const companies = `Brightwater Ironleaf Northgate Silverpine Redhollow Bluecrest Oakhaven Stormfield Clearbrook Goldmoor Ashford
Fernwick Highmarsh Kestrel Lowtide Moonrise Nightjar Quarry Riverbend Saltworks Thornbury Windmere Foxglove
Copperline Driftwood Evergreen`
