// @ts-check
/** @type {import('../src/data/acquire/catalogue.js').DataScript} */
export default {
  name: 'bach10',
  title:
    'Bach10 v1.1 (Duan & Pardo): ten Bach chorales, recorded, with scores and their true alignment',
  licence: 'free for research; publications cite Duan & Pardo, Soundprism, IEEE JSTSP 5(6), 2011',
  addresses: [
    'https://codeload.github.com/flippy-fyp/Bach10_v1.1/zip/2a53cdc6495bb82f03f943b77ca3b11ddf7f5a31',
  ],
  origin:
    'Bach10 v1.1 by Zhiyao Duan and Bryan Pardo: folders <piece>/ with <piece>.wav, .mid, .txt and .asl',
  limits: { download: 400_000_000, unpacked: 50_000_000, laidOut: 50_000_000 },
  files: {
    '01-AchGottundHerr/01-AchGottundHerr.asl':
      '8601debf2fde6894ed9fc0c99c63b2407b78f9a8667ab6e6ab3eddd0df0f7153',
    '01-AchGottundHerr/01-AchGottundHerr.mid':
      '7ec19b9401a90ff7f22c150fd2985783da4cdad7d41404b5ffe3415dbf860a1c',
    '01-AchGottundHerr/01-AchGottundHerr.txt':
      '9a39f4660558c0c08fb8c0110fe436bd4842977bdd25845bc74672ecdccce098',
    '01-AchGottundHerr/01-AchGottundHerr.wav':
      'dc018454a713957fb5436c7be8fcce7a86a62a6a05e0a807384c4aec0befd884',
    '02-AchLiebenChristen/02-AchLiebenChristen.asl':
      '7e2fa5d00927f3c37787acdebb9ecc7cff0c74be6f7eab4c128501674fd80459',
    '02-AchLiebenChristen/02-AchLiebenChristen.mid':
      '30f5a7e4f3781b8069cbd52b5fdd05ebadbbb74bcfa8ae67084624ef2a3f85f4',
    '02-AchLiebenChristen/02-AchLiebenChristen.txt':
      '78a7e04fcbb266265cb5d3d87e06861492ae3a0117ce0957bc6cb0432c18bd78',
    '02-AchLiebenChristen/02-AchLiebenChristen.wav':
      'e9fc59f9ec9afbb4f4360d93213e3a6840b88e2a9bedc6943130d8813ee72706',
    '03-ChristederdubistTagundLicht/03-ChristederdubistTagundLicht.asl':
      '35d78b84ba3ca6d6d3bc79cf6d3c85b73e6bf6f12a9c43a51af6af559e09cc02',
    '03-ChristederdubistTagundLicht/03-ChristederdubistTagundLicht.mid':
      '723ca77bbdbe1acf35067ed16d91bc39d83dd21a3317e33d806aa8ef9071f9a2',
    '03-ChristederdubistTagundLicht/03-ChristederdubistTagundLicht.txt':
      'a3bd42466a1912274b86af886f7ec3fd36c5c6047d0366ca46fa1e36abb66dc1',
    '03-ChristederdubistTagundLicht/03-ChristederdubistTagundLicht.wav':
      'ea0cad619d6f3b9ffe3d8a342752305e2af14447fe2d0e4218364c0468a97548',
    '04-ChristeDuBeistand/04-ChristeDuBeistand.asl':
      '413d6e64adcf9676f649d636025cc47e1d4f4c5cd3d33b56b02b70e4ae94836c',
    '04-ChristeDuBeistand/04-ChristeDuBeistand.mid':
      '3ae7afb25626cb29a9689ae786b2d6c14f1749e4205c8f0b33bf20d06b8b17aa',
    '04-ChristeDuBeistand/04-ChristeDuBeistand.txt':
      'ae8edcf4b2df485a13a8a245c48142f00b98b11f8bd95b31491b902d62027e93',
    '04-ChristeDuBeistand/04-ChristeDuBeistand.wav':
      '2a06cbd560293d58ab8e521c87861fcd3eada6977c9f58c141b231144aa06595',
    '05-DieNacht/05-DieNacht.asl':
      '69b7289a7f5158687c535d878f2f0ee562559bc8bc765c9ffefc1d5a0f048ec4',
    '05-DieNacht/05-DieNacht.mid':
      'bfaff61fba4094750400a1c634ce07f3b9b5cb54b794d3a96cc6ade269175d54',
    '05-DieNacht/05-DieNacht.txt':
      '61bc8fb4da069b9808637349a66a3b8f41a961fe61ec7c964a6cc3b00f9f55da',
    '05-DieNacht/05-DieNacht.wav':
      '1de02d4708305c0dae8a56d4bd20db6b96ce80be4b0c3fc6fe4dc2bd3c82928a',
    '06-DieSonne/06-DieSonne.asl':
      'c268f3bf0dd7d369c428157690582a6b3529d773138342819ab8e05640bba923',
    '06-DieSonne/06-DieSonne.mid':
      'f8af4004ba605eaa76214905e7fd9eddd59c375a4560211df60a29a67cd011fd',
    '06-DieSonne/06-DieSonne.txt':
      '17c56d1bb3d628507dc2444966cdad528d7bc64c4046d3daceafc016e28732cf',
    '06-DieSonne/06-DieSonne.wav':
      '89f01f3049a25091c139e3f37ab5ebfd0646666256567a7d09e6facb9779f53c',
    '07-HerrGott/07-HerrGott.asl':
      '7219ea0e8ccb734c25cdce035a13a7ebf22c31ea5ca36775717ca71c2339c28b',
    '07-HerrGott/07-HerrGott.mid':
      'bda9f439b9ca9ccddb8a0087e43fc3b353781f5cd1dbd2225c9cd45f3ef8bfaa',
    '07-HerrGott/07-HerrGott.txt':
      'ff040d0d7e7e301908e83624403981254c2bf275db2256d0ae4eceab100d7c93',
    '07-HerrGott/07-HerrGott.wav':
      'c1679c495719577387fb73b2d9abb58aa30ef91d6bf4edbbd6867f7ccc3b28a3',
    '08-FuerDeinenThron/08-FuerDeinenThron.asl':
      '56c021152adb6b110e829ab02d85f2e81722bc4694e140852fe416759e9443c4',
    '08-FuerDeinenThron/08-FuerDeinenThron.mid':
      '4a56787c8f6550edbe39062ba23295263bd3bf49245578566dbc27dbc460d2fb',
    '08-FuerDeinenThron/08-FuerDeinenThron.txt':
      'f3a574cd40bd0a1f8cf984352533c1d28cb4198f8710f9b14273dccee619a47d',
    '08-FuerDeinenThron/08-FuerDeinenThron.wav':
      'fc9937cedaf690dd87e7dd0fba69b41f1567cf80cd7265b09f4b2b01c4bf0541',
    '09-Jesus/09-Jesus.asl': 'ccd315e83394ef6262616e51b33d2f6498c385b5ccc8069cc6845671960854c6',
    '09-Jesus/09-Jesus.mid': '88e715847c4e732cdc72d1dd1017d69dd232d737280d88f5d523e55b7df889ec',
    '09-Jesus/09-Jesus.txt': '819a5f94612f8ba60baeee3b5766dd0a4de7b398bbd0c6229fe76f402e1bbb75',
    '09-Jesus/09-Jesus.wav': 'bedf4a9ddcb873cec41f8152a5b90af023bc5d7ff548f8a22374e4ab7c4b1915',
    '10-NunBitten/10-NunBitten.asl':
      '2a9256fbfade4606bb11b6bc97917d5c7ed954de957b4b67101e10d8682bb9ea',
    '10-NunBitten/10-NunBitten.mid':
      'ff439ec1830fe3c0522e913271e43418db0d314424f8acbb3c20be60aba59dd9',
    '10-NunBitten/10-NunBitten.txt':
      '0812c0cc973dd87b7e540c49eb26bf6c26fb06cd998633ce98348cbb3a90c30b',
    '10-NunBitten/10-NunBitten.wav':
      '086dba3edc285b4f5e185b240112b60be1aeb23952a44a8a96895dbd11c9c923',
  },
};
